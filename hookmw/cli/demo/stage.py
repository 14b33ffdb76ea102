"""What has become of every delivery so far: the demo's state, and whether it is as promised."""

from collections.abc import Sequence
from dataclasses import dataclass

from hookmw.cli.demo.script import Act
from hookmw.inbox import Entry
from hookmw.testing import SignedRequest

__all__ = ["Scene"]


@dataclass(slots=True)
class Scene:
    """One act as it was played.

    Attributes:
        act: what should happen.
        request: what was sent; None before.
        status: what was answered.
        answer: its body.
        reason: why it was refused, from the server's log.
        code: the same as a code.
        entries: the events in the inbox whose body is the request's.
    """

    act: Act
    request: SignedRequest | None = None
    status: int | None = None
    answer: bytes = b""
    reason: str = ""
    code: str = ""
    entries: Sequence[Entry] = ()

    @property
    def waits(self) -> bool:
        """Whether more must happen before it can be judged."""
        if self.status is None:
            return True
        if self.act.ends is None:
            return False
        return not self.entries or any(e.state in {"pending", "claimed"} for e in self.entries)

    @property
    def as_promised(self) -> bool:
        """Whether answer, inbox and handlers are what they should be."""
        act = self.act
        return (
            self.status == act.status
            and (act.answer is None or self.answer == act.answer)
            and (not act.code or self.code == act.code)
            and self._stored_rightly()
        )

    def _stored_rightly(self) -> bool:
        if self.act.ends is None:
            return not self.entries or self.act.status != 200  # noqa: PLR2004 - a forged copy
        if len(self.entries) != 1 or self.entries[0].state != self.act.ends:
            return False
        entry = self.entries[0]
        return self.act.copy or (
            entry.handled >= self.act.handlers and entry.event.attempt == self.act.attempt
        )

    @property
    def story(self) -> str:
        """What became of it, in a few words."""
        if self.status is None:
            return ""
        if self.act.ends is None:
            if self.code:
                return f"refused: {self.reason or self.code}"
            return f"answered: {self.answer.decode(errors='replace')[:48]}"
        if not self.entries:
            return "stored?"
        return self._story_of(self.entries[0])

    def _story_of(self, entry: Entry) -> str:
        if self.act.copy:
            return "recognised as a duplicate: not stored, not handled again"
        tries = "" if entry.event.attempt <= 1 else f" at attempt {entry.event.attempt}"
        match entry.state:
            case "done":
                return f"handled by {', '.join(sorted(entry.handled)) or 'nobody'}{tries}"
            case "dead":
                return f"dead letter: {entry.note}"
            case "claimed":
                return f"its handler is running{tries}"
            case _:
                return f"waits to be tried again: {entry.note}" if entry.note else "stored"
