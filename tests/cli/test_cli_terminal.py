import sys

import pytest
import typer
from rich.console import Console
from rich.text import Text

from hookmw.cli.progress import progress
from hookmw.cli.report import many, one
from hookmw.cli.terminal import escaped, fail, note, out, plain, plain_lines, table
from hookmw.send import Sent

HOSTILE = {
    "colour": "\x1b[31mred",
    "title": "\x1b]0;owned\x07",
    "link": "\x1b]8;;http://evil.example\x1b\\click\x1b]8;;\x1b\\",
    "clipboard": "\x1b]52;c;aGFjaw==\x07",
    "8-bit CSI": "\x9b31m",
    "line feed": "a\nFAKE 200 OK",
    "carriage return": "a\rFAKE",
    "bell": "\x07",
    "backspace": "abc\x08\x08\x08",
    "delete": "\x7f",
    "right to left": "\u202egnp.exe",
    "isolate": "\u2066x\u2069",
    "zero width": "a\u200bb",
    "line separator": "a\u2028b",
    "surrogate": "\udc80",
    "tag": "\U000e0041",
    "NUL": "a\x00b",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_nothing_that_a_terminal_obeys_is_left(text: str) -> None:
    shown = escaped(text)
    assert shown.isprintable()
    assert shown.encode("utf-8")


@pytest.mark.parametrize("text", ["push", "grüße", "注文", "שלום", "emoji 🎉", r"back\slash", ""])
def test_what_prints_stays(text: str) -> None:
    assert escaped(text) == text


def test_escapes_are_those_of_json() -> None:
    assert escaped("\x1b\n\u202e\U000e0041") == r"\u001b\n\u202e\udb40\udc41"


def test_long_text_is_cut() -> None:
    assert escaped("a" * 1_000_000) == "a" * 199 + "…"
    assert len(escaped("a" * 300, None)) == 300


def test_markup_is_text() -> None:
    console = Console(width=80, markup=True)
    with console.capture() as captured:
        console.print(plain("[bold red]il[/] [link=http://evil]x[/link]"))
    assert "[bold red]il[/]" in captured.get()


def test_line_feeds_are_kept_only_where_lines_are_meant() -> None:
    assert plain_lines("a\n\x1bb\r").plain == "a\n\\u001bb\\r"


def test_a_pipe_gets_whole_lines(capsys: pytest.CaptureFixture[str]) -> None:
    made = table("a", "b", right=("b",), cut=("b",))
    made.add_row("x" * 150, "y" * 150)
    out().print(made)
    assert "x" * 150 + "  " + "y" * 150 in capsys.readouterr().out


def test_a_narrow_terminal_cuts_only_what_may_be_cut(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("TERM", "xterm")
    made = table("id", "note", cut=("note",))
    made.add_row("x" * 30, plain("y" * 30))
    out().print(made)
    assert "x" * 30 + "  yyyyyyy…" in capsys.readouterr().out


def test_what_went_wrong_is_one_line_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as ended:
        fail("it \x1b[31mbroke")
    assert ended.value.exit_code == 1
    assert capsys.readouterr().err == "hookmw: it \\u001b[31mbroke\n"


def test_a_note_is_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    note("by the way")
    assert capsys.readouterr() == ("", "by the way\n")


def test_a_bar_is_drawn_on_a_terminal_only(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with progress("sending", 2) as advance:
        advance("anything")
    assert capsys.readouterr() == ("", "")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    with progress("sending", 2) as advance:
        advance()
    assert "sending" in capsys.readouterr().err


def rendered(thing: object) -> str:
    console = Console(width=100)
    with console.capture() as captured:
        console.print(thing)
    return captured.get()


def test_one_answer_in_a_line() -> None:
    assert one(Sent(200, 0.0012, b"ok")).plain == "200 OK  1.2 ms  ok"
    assert one(Sent(204, 0.0012)).plain == "204 No Content  1.2 ms"
    assert one(Sent(799, 0.0012, b"\x1b[2J\xff")).plain == "799  1.2 ms  \\u001b[2J\ufffd"
    assert one(Sent(None, 0.5, error="gone")).plain == "no answer  500.0 ms  gone"


def test_many_answers_in_a_table() -> None:
    sent = [Sent(200, 0.001)] * 98 + [Sent(302, 0.1), Sent(None, 2.0, error="gone")]
    shown = rendered(many(sent, 2.0))
    lines = [line.split() for line in shown.splitlines()]
    assert ["200", "OK", "98"] in lines
    assert ["302", "Found", "1"] in lines
    assert ["no", "answer", "1"] in lines
    assert ["error", "gone"] in lines
    assert ["p50", "1.0", "ms"] in lines
    assert ["p99", "100.0", "ms"] in lines
    assert ["rate", "50/s", "over", "2.0", "s"] in lines


def test_a_text_has_no_style_of_its_own() -> None:
    assert plain("x") == Text("x")
