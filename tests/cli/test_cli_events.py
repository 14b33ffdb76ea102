import time
from collections.abc import Callable
from pathlib import Path

import anyio
import pytest
from typer.testing import Result

from hookmw.cli.events.hiding import is_secret
from hookmw.cli.events.listing import moment
from hookmw.cli.since import parse_since
from hookmw.errors import ConfigError
from hookmw.inbox import Entry, Inbox, Query, Settlement
from hookmw.inbox.urls import inbox_from_url
from tests.cli.conftest import fill, make_event

Run = Callable[..., Result]

URL = "sqlite:///hooks.db"
EVIL = "\x1b]52;c;aGFjaw==\x07\x9b31m\u202e\n[bold]il[/]\x00"


def entries(url: str = URL) -> list[Entry]:
    async def find() -> list[Entry]:
        inbox: Inbox = inbox_from_url(url)
        await inbox.open()
        found = list(await inbox.find(Query()))
        await inbox.aclose()
        return found

    return anyio.run(find)


def ids(shown: Result) -> list[str]:
    return [line.split()[0] for line in shown.stdout.splitlines()[1:]]


# the inbox


@pytest.mark.parametrize("command", [["list"], ["show", "0" * 32], ["replay", "0" * 32]])
def test_a_missing_inbox_is_never_made(run: Run, workplace: Path, command: list[str]) -> None:
    shown = run("events", *command)
    assert shown.exit_code == 2
    assert f"no inbox at {workplace / 'hooks.db'}: pass --inbox" in shown.stderr
    assert list(workplace.iterdir()) == []


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("memory:", 2),
        ("nonsense", 2),
        ("postgresql://u:hunter2@h/d?schema=1", 2),
        ("postgresql://u:hunter2@127.0.0.1:1/d", 1),
    ],
)
def test_an_inbox_that_cannot_be_seen_is_an_error(run: Run, url: str, code: int) -> None:
    shown = run("events", "list", "--inbox", url)
    assert shown.exit_code == code
    assert shown.stderr.startswith("hookmw: inbox ")
    assert "hunter2" not in shown.output


def test_a_file_that_is_no_inbox_is_an_error(run: Run, workplace: Path) -> None:
    (workplace / "hooks.db").write_bytes(b"SQLite? no.\n" * 100)
    shown = run("events", "list")
    assert shown.exit_code == 2
    assert "Traceback" not in shown.output


def test_the_inbox_may_come_from_the_environment(run: Run, workplace: Path) -> None:
    url = f"sqlite:///{workplace}/other.db"
    fill(url, make_event())
    assert len(ids(run("events", "list", env={"HOOKMW_INBOX": url}))) == 1


# list


def test_the_newest_come_first(run: Run, workplace: Path) -> None:
    now = time.time()
    made = fill(URL, *(make_event(received_at=now - age) for age in (7200, 60, 1)))
    shown = run("events", "list")
    assert (shown.exit_code, shown.stderr) == (0, "")
    assert ids(shown) == [str(each) for each in reversed(made)]
    assert [line.split()[1] for line in shown.stdout.splitlines()[1:]] == ["1s", "1m", "2h"]


def test_a_choice_is_made(run: Run, workplace: Path) -> None:
    now = time.time()
    old, push, pull = fill(
        URL,
        make_event(type="issues.opened", received_at=now - 200_000),
        make_event(),
        make_event(type="pull_request.opened", endpoint="other"),
    )
    assert ids(run("events", "list", "--endpoint", "other")) == [str(pull)]
    assert ids(run("events", "list", "--type", "pu*")) == [str(pull), str(push)]
    assert ids(run("events", "list", "--type", "push")) == [str(push)]
    assert ids(run("events", "list", "--since", "2h", "--state", "pending")) == [
        str(pull),
        str(push),
    ]
    shown = run("events", "list", "--limit", "1")
    assert (ids(shown), shown.stderr) == ([str(pull)], "the newest 1; more with --limit\n")
    assert str(old) in run("events", "list").stdout


def test_nothing_is_said_to_be_nothing(run: Run, workplace: Path) -> None:
    fill(URL, make_event())
    shown = run("events", "list", "--state", "dead", "--state", "done")
    assert (shown.exit_code, shown.stdout, shown.stderr) == (0, "", "no events\n")


def test_a_narrow_terminal_has_no_room_for_notes(
    run: Run, workplace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (made,) = fill(URL, make_event(), die="because")
    assert "because" in run("events", "list").stdout
    monkeypatch.setattr("hookmw.cli.terminal.WIDE", 80)
    shown = run("events", "list").stdout
    assert "because" not in shown
    assert str(made) in shown


def test_an_unknown_state_is_an_error(run: Run, workplace: Path) -> None:
    fill(URL, make_event())
    shown = run("events", "list", "--state", "lost")
    assert shown.exit_code == 2
    assert "known are pending, claimed, done, dead" in shown.stderr


def test_hostile_text_is_escaped_in_every_command(run: Run, workplace: Path) -> None:
    (made,) = fill(
        URL,
        make_event(
            type=EVIL,
            key=EVIL,
            body=b'{"a":"\xc2\x9b31m\xe2\x80\xae\x7f"}',
            headers=((b"x-\x1b[31m", EVIL.encode("utf-8")), (b"user-agent", b"\x1b]0;x\x07")),
        ),
        die=f"boom {EVIL}",
        error=f"ValueError: {EVIL}",
    )
    for command in (["list"], ["show", str(made)], ["replay", "--state", "dead", "--yes"]):
        shown = run("events", *command)
        assert shown.exit_code == 0
        assert all(line.isprintable() for line in shown.output.splitlines())
        assert not set("\x1b\x07\x9b\u202e\x00\x7f") & set(shown.output)
    assert "[bold]il[/]" in run("events", "show", str(made)).stdout


# show


def test_all_is_shown(run: Run, workplace: Path) -> None:
    (made,) = fill(URL, make_event(timestamp=0.0), die="main.bad failed", error="ValueError: no")
    shown = run("events", "show", str(made)).stdout
    for text in ("event     " + str(made), "k-1", "dead  main.bad failed", "ValueError: no"):
        assert text in shown
    assert '\n{\n  "ref": "main"\n}\n' in shown
    assert "content-type  application/json" in shown


def test_what_is_odd_about_an_event_is_shown(run: Run, workplace: Path) -> None:
    made = make_event(key=None)

    async def put() -> None:
        inbox = inbox_from_url(URL)
        await inbox.open()
        await inbox.put(make_event(), dedupe=b"1" * 16, alias=b"a" * 16)
        await inbox.put(made, dedupe=b"2" * 16, alias=b"a" * 16)
        for claim in await inbox.claim("w", limit=2, lease=60):
            await inbox.settle(
                Settlement(claim=claim, state="done", handled=frozenset({"main.b", "main.a"}))
            )
        await inbox.aclose()

    anyio.run(put)
    shown = run("events", "show", str(made.id)).stdout
    assert "its id came before with another content" in shown
    assert "main.a, main.b" in shown
    assert "key  " not in shown


def test_secrets_are_never_shown(run: Run, workplace: Path) -> None:
    names = [
        *("authorization", "cookie", "x-hub-signature-256", "x-gitlab-token", "x-my-secret"),
        *("x-shopify-hmac-sha256", "x-api-key", "proxy-authorization"),
    ]
    (made,) = fill(URL, make_event(headers=tuple((n.encode(), b"hunter2") for n in names)))
    shown = run("events", "show", str(made)).stdout
    assert "hunter2" not in shown
    assert shown.count("***") == len(names)
    assert not is_secret(b"idempotency-key")


def test_a_secret_in_the_body_is_never_shown(run: Run, workplace: Path) -> None:
    form = ((b"content-type", b"application/x-www-form-urlencoded"),)
    chat = {"endpoint": "chat", "provider": "slackchat"}
    made = fill(
        URL,
        make_event(body=b'{"token":"hunter2","a":1}', **chat),
        make_event(body=b"token=hunter2&a=1", headers=form, **chat),
        make_event(body=b'{"a":1}', **chat),
        make_event(body=b'{"a":2}', provider="mine"),
        make_event(body=b'{"a":3}', provider="telegram"),
    )
    shown = [run("events", "show", str(each)).stdout for each in made]
    assert not any("hunter2" in each for each in shown)
    assert '"token": "***"' in shown[0]
    assert "token=***&a=1" in shown[1]
    assert [f'"a": {n}' in shown[n + 1] for n in (1, 2, 3)] == [True] * 3


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"a=1&b=2", "\na=1&b=2\n"),
        (b"\xff" * 17, "00000010  ff\n"),
        (b'{"a":"\xff"}', "00000000  7b 22 61"),
        (b"[" * 100_000, "[[[["),
        (b"", "body, 0 bytes"),
    ],
)
def test_a_body_that_is_no_json_is_shown(
    run: Run, workplace: Path, body: bytes, expected: str
) -> None:
    (made,) = fill(URL, make_event(body=body))
    shown = run("events", "show", str(made))
    assert shown.exit_code == 0
    assert expected in shown.stdout


def test_raw_is_the_body_alone(run: Run, workplace: Path) -> None:
    (made,) = fill(URL, make_event(body=b"\x1b\xff\n\r"))
    assert run("events", "show", str(made), "--raw").stdout_bytes == b"\x1b\xff\n\r"


def test_an_id_may_be_shortened(run: Run, workplace: Path) -> None:
    now = time.time()
    made, _ = fill(URL, make_event(), make_event(received_at=now - 300))
    for length in (8, 13, 20, 35):
        shown = run("events", "show", str(made)[:length])
        assert str(made) in shown.stdout


def test_a_shortened_id_must_fit_one_event(run: Run, workplace: Path) -> None:
    now = time.time()
    made, _ = fill(URL, make_event(received_at=now), make_event(received_at=now))
    shown = run("events", "show", str(made)[:13])
    assert (shown.exit_code, "2 events have an id that begins" in shown.stderr) == (1, True)
    shown = run("events", "show", "00000000")
    assert (shown.exit_code, "no events have an id that begins" in shown.stderr) == (1, True)


def test_an_id_of_nothing_is_a_failure(run: Run, workplace: Path) -> None:
    fill(URL, make_event())
    shown = run("events", "show", "0" * 32)
    assert (shown.exit_code, "no event has the id" in shown.stderr) == (1, True)
    shown = run("events", "show", "\x1b[31m")
    assert (shown.exit_code, "is no id" in shown.stderr) == (2, True)
    assert "\x1b" not in shown.output


# replay


def test_ids_are_replayed(run: Run, workplace: Path) -> None:
    made = fill(URL, make_event(), make_event(), die="x")
    shown = run("events", "replay", str(made[0]), made[1].hex)
    assert (shown.exit_code, shown.stdout) == (0, "2 of 2 replayed\n")
    assert [(each.state, each.event.replayed) for each in entries()] == [("pending", True)] * 2
    assert "pending (replayed)" in run("events", "show", str(made[0])).stdout


def test_what_was_due_anyway_is_not_replayed(run: Run, workplace: Path) -> None:
    (made,) = fill(URL, make_event())
    shown = run("events", "replay", str(made))
    assert (shown.exit_code, shown.stdout) == (1, "0 of 1 replayed\n")
    assert "were due anyway" in shown.stderr


def test_a_choice_is_replayed_after_a_preview(run: Run, workplace: Path) -> None:
    made = fill(URL, *(make_event() for _ in range(12)), die="x")
    shown = run("events", "replay", "--state", "dead", "--limit", "12", "--yes")
    assert shown.exit_code == 0
    assert str(made[-1]) in shown.stdout
    assert "12 of 12 replayed" in shown.stdout
    assert "and 2 more" in shown.stderr
    assert "only the newest 12" in shown.stderr
    assert run("events", "replay", "--state", "dead", "--yes").stderr == "no events\n"


def test_a_choice_needs_somebody_to_agree(
    run: Run, workplace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(URL, make_event(), die="x")
    shown = run("events", "replay", "--endpoint", "github")
    assert (shown.exit_code, "pass --yes" in shown.stderr) == (2, True)
    monkeypatch.setattr("hookmw.cli.events.asking._asks", lambda: True)
    shown = run("events", "replay", "--endpoint", "github", input="n\n")
    assert (shown.exit_code, entries()[0].state) == (1, "dead")
    shown = run("events", "replay", "--endpoint", "github", input="y\n")
    assert (shown.exit_code, entries()[0].state) == (0, "pending")


@pytest.mark.parametrize("arguments", [[], ["0" * 32, "--state", "dead"], ["--yes"]])
def test_it_must_be_said_which(run: Run, arguments: list[str]) -> None:
    shown = run("events", "replay", *arguments)
    assert (shown.exit_code, "say which events" in shown.stderr) == (2, True)


# times


@pytest.mark.parametrize(
    ("text", "ago"), [("90s", 90), ("30m", 1800), ("2h", 7200), ("7d", 604_800), (" 1w", 604_800)]
)
def test_a_span_is_so_long_ago(text: str, ago: float) -> None:
    assert parse_since(text) == pytest.approx(time.time() - ago, abs=5)


def test_a_date_is_a_moment() -> None:
    assert parse_since("2026-01-31T12:00:00Z") == 1_769_860_800
    assert parse_since("2026-01-31") is not None
    assert parse_since(None) is None


@pytest.mark.parametrize(
    "text", ["", "2", "h", "-2h", "٢h", "yesterday", "0001-01-01", "9999999999s"]
)
def test_anything_else_is_no_time(text: str) -> None:
    with pytest.raises(ConfigError, match="is no time"):
        parse_since(text)


def test_a_moment_that_no_calendar_has_is_a_number() -> None:
    assert moment(1e30) == "1e+30 s"
    assert len(moment(0)) == 19
