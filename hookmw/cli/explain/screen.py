"""A verdict and its findings on the screen."""

from datetime import UTC, datetime

from rich.text import Text

from hookmw.cli.terminal import facts, note, out, plain
from hookmw.delivery import Delivery
from hookmw.explain import Explanation
from hookmw.provider import Provider

__all__ = ["show", "show_rows"]

MAX_ROWS = 12


def show(delivery: Delivery, provider: Provider, explanation: Explanation, source: str) -> None:
    """The verdict, what it is about, and each finding with its remedy."""
    console = out()
    console.print(Text("The delivery ").append(*_verdict(explanation)).append("."))
    made = facts()
    made.add_row("read as", plain(provider.title or provider.name))
    made.add_row("arrived", plain(f"{_written(delivery.received_at)} ({source})"))
    made.add_row("body", plain(f"{len(delivery.body)} bytes"))
    console.print(made)
    for number, each in enumerate(explanation.findings, 1):
        console.print()
        console.print(Text(f"{number}. ").append(plain(each.code, "bold yellow")))
        console.print(plain(f"   {each.sentence}", limit=None), soft_wrap=True)
        console.print(plain(f"   {each.remedy}", "green", None), soft_wrap=True)


def _verdict(explanation: Explanation) -> tuple[str, str]:
    """In words, and in which style."""
    if explanation.verified:
        return "verifies", "bold green"
    unsigned = explanation.cause is not None and explanation.cause == explanation.handshake
    return ("is a handshake", "bold yellow") if unsigned else ("is refused", "bold red")


def show_rows(names: list[str]) -> None:
    """Which providers could have sent it."""
    if not names:
        note("no provider's signature header is there: say which it is with --provider")
        return
    more = f" and {len(names) - MAX_ROWS} more" if len(names) > MAX_ROWS else ""
    out().print(plain(f"could be read as: {', '.join(names[:MAX_ROWS])}{more}", limit=None))
    if len(names) > 1:
        note("say which it is with --provider, if none of them verifies")


def _written(seconds: float) -> str:
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
    except (ValueError, OverflowError, OSError):
        return f"{seconds:.0f}"
