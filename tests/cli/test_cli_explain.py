import base64
import json
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from hookmw.cli.explain.reading import parse_capture
from hookmw.testing import SignedRequest, sign

Run = Callable[..., Result]

SECRET = "s3cret-s3cret-s3cret"
AT = 1_760_000_000.0
GITHUB = sign("github", {"zen": "Zoë's"}, SECRET, type="ping", path="/in?a=1")
STRIPE = sign("stripe", {"id": "evt_1", "type": "a"}, SECRET, at=AT)


def raw(request: SignedRequest, end: bytes = b"\r\n", tail: bytes = b"", **headers: str) -> bytes:
    query = b"?" + request.query_string if request.query_string else b""
    lines = [f"{request.method} {request.path}".encode() + query + b" HTTP/1.1"]
    lines += [name.title() + b": " + value for name, value in request.headers]
    lines += [f"{name.replace('_', '-')}: {value}".encode() for name, value in headers.items()]
    return end.join([*lines, b"", request.body]) + tail


def curl(request: SignedRequest, option: str = "--data-raw") -> bytes:
    words = ["curl", "-sS", "-X", "POST", "https://a.example/in?a=1"]
    for name, value in request.headers:
        words += ["-H", f"{name.decode()}: {value.decode()}"]
    words += [option, request.body.decode()]
    return " \\\n  ".join(shlex.quote(word) for word in words).encode()


def as_json(request: SignedRequest, *, coded: bool = False) -> bytes:
    headers = {name.decode(): value.decode() for name, value in request.headers}
    body = (
        {"body_b64": base64.b64encode(request.body).decode()}
        if coded
        else {"body": request.body.decode()}
    )
    return json.dumps({"method": "POST", "path": "/in?a=1", "headers": headers, **body}).encode()


FORMS = {
    "raw": raw(GITHUB),
    "raw, LF": raw(GITHUB, b"\n"),
    "raw, edited": raw(GITHUB, b"\n", b"\n", content_length=str(len(GITHUB.body))),
    "curl": curl(GITHUB),
    "curl --data-binary": curl(GITHUB, "--data-binary"),
    "curl -d": curl(GITHUB, "-d"),
    "JSON": as_json(GITHUB),
    "JSON, base64": as_json(GITHUB, coded=True),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_capture_verifies(run: Run, form: str) -> None:
    shown = run("explain", "-", "--provider", "github", "--secret", SECRET, input=FORMS[form])
    assert (shown.exit_code, shown.stdout.splitlines()[0]) == (0, "The delivery verifies.")


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_capture_is_the_same_request(form: str) -> None:
    capture = parse_capture(FORMS[form])
    assert (capture.method, capture.body) == ("POST", GITHUB.body)
    assert set(GITHUB.headers) <= set(capture.headers)
    assert capture.split().path == "/in"
    assert capture.split().query == "a=1"


def test_a_file_and_a_secret_from_the_environment(run: Run, workplace: Path) -> None:
    (workplace / "request.http").write_bytes(raw(GITHUB))
    env = {"GITHUB_WEBHOOK_SECRET": SECRET}
    assert run("explain", "request.http", "--provider", "github", env=env).exit_code == 0


def test_findings_and_remedies(run: Run) -> None:
    shown = run(
        "explain", "-", "--provider", "github", "--secret", SECRET, input=raw(GITHUB, tail=b"\n")
    )
    assert shown.exit_code == 1
    lines = shown.stdout.splitlines()
    assert lines[0] == "The delivery is refused."
    assert "1. signature_mismatch" in lines
    assert "2. body_newline" in lines
    assert any(line.startswith("   Pass on the bytes as they came") for line in lines)


def test_without_a_provider_the_headers_tell(run: Run) -> None:
    shown = run("explain", "-", "--secret", SECRET, input=raw(GITHUB))
    assert shown.exit_code == 0
    assert "github" in shown.stdout.splitlines()[0]
    shown = run("explain", "-", "--secret", "wrong-wrong", input=raw(GITHUB))
    assert shown.exit_code == 1


def test_without_any_header_that_tells(run: Run) -> None:
    shown = run("explain", "-", input=b"POST / HTTP/1.1\nHost: a\n\n{}")
    assert (shown.exit_code, shown.stdout) == (1, "")
    assert "--provider" in shown.stderr


def test_the_time_of_arrival_and_who_says_it(run: Run) -> None:
    options = ("explain", "-", "--provider", "stripe", "--secret", SECRET)
    shown = run(*options, input=raw(STRIPE))
    assert shown.exit_code == 1
    assert "timestamp_stale" in shown.stdout
    assert "now: it has no Date header" in shown.stdout
    shown = run(*options, "--at", "1760000010", input=raw(STRIPE))
    assert shown.exit_code == 0
    assert "2025-10-09T08:53:30+00:00 (--at)" in shown.stdout
    assert run(*options, "--at", "2025-10-09T08:53:30Z", input=raw(STRIPE)).exit_code == 0
    dated = raw(STRIPE, Date="Thu, 09 Oct 2025 08:53:30 GMT")
    shown = run(*options, input=dated)
    assert shown.exit_code == 0
    assert "(its Date header)" in shown.stdout


def test_a_secret_of_another_endpoint(run: Run) -> None:
    env = {"STRIPE_WEBHOOK_SECRET": SECRET, "GITHUB_WEBHOOK_SECRET": "another-one"}
    shown = run("explain", "-", "--provider", "github", env=env, input=raw(GITHUB))
    assert shown.exit_code == 1
    assert "other_secret" in shown.stdout
    assert "STRIPE_WEBHOOK_SECRET" in shown.stdout


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("secret", [SECRET, "another-secret-of-ours"])
def test_nothing_secret_is_printed(run: Run, form: str, secret: str) -> None:
    shown = run(
        "explain", "-", "--provider", "github", "--secret", secret, input=FORMS[form] + b"\n"
    )
    said = shown.stdout + shown.stderr
    assert secret not in said
    assert "zen" not in said
    signature = dict(GITHUB.headers)[b"x-hub-signature-256"].decode()
    assert signature[7:20] not in said


@pytest.mark.parametrize(
    ("capture", "words"),
    [
        (b"", "is no request"),
        (b"hello", "is no request"),
        (b"{not json", "describes no request"),
        (b'{"headers":{"a":1}}', "must be text"),
        (b'{"body":{"a":1}}', "must be text"),
        (b'{"body_b64":"?"}', "describes no request"),
        (b'{"headers":5}', "describes no request"),
        (b"curl 'http://a", "a quote that does not end"),
        (b"curl -d x", "must have one URL, not 0"),
        (b"curl http://a http://b", "must have one URL, not 2"),
        (b"curl http://a -d", "ends after -d"),
        (b"curl http://a --upload-file x", "is unknown here"),
        (b"curl http://a -d @/does/not/exist", "a file that cannot be read"),
        (b"curl http://a -H nonsense", "a header that is none"),
        (b"GET /\nnonsense\n\n", "a header that is none"),
    ],
)
def test_what_is_no_capture(run: Run, capture: bytes, words: str) -> None:
    shown = run("explain", "-", "--provider", "github", "--secret", SECRET, input=capture)
    assert shown.exit_code == 2
    assert words in shown.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["missing.http"],
        ["-", "--provider", "nobody"],
        ["-", "--provider", "github"],
        ["-", "--provider", "github", "--secret", SECRET, "--at", "noon"],
        ["-", "--provider", "github", "--secret", f"{SECRET}\n"],
        [],
    ],
)
def test_wrong_usage_is_2(run: Run, arguments: list[str]) -> None:
    shown = run("explain", *arguments, input=raw(GITHUB))
    assert shown.exit_code == 2
    assert SECRET not in shown.stdout + shown.stderr


def test_curl_reads_its_files_as_curl_does(workplace: Path) -> None:
    (workplace / "body").write_bytes(b"a\r\nb\n")
    assert parse_capture(b"curl http://a -d @body").body == b"ab"
    assert parse_capture(b"curl http://a --data-binary @body").body == b"a\r\nb\n"
    assert parse_capture(b"curl http://a --data-raw @body").body == b"@body"
    assert parse_capture(b"$ curl a.example/x -dx=1 -d y=2 -k").body == b"x=1&y=2"


def test_curl_as_browsers_copy_it() -> None:
    capture = parse_capture(rb"""curl 'http://a/' --compressed --data-raw $'{"a":"\u00eb\'\n"}'""")
    assert capture.body == '{"a":"ë\'\n"}'.encode()
    assert (b"content-type", b"application/x-www-form-urlencoded") in capture.headers


def test_a_secret_in_the_path(run: Run) -> None:
    request = b'{"url":"https://a.example/telegram/' + SECRET.encode() + b'","body":"{}"}'
    options = ("explain", "-", "--provider", "telegram_path", "--secret")
    assert run(*options, SECRET, input=request).exit_code == 0
    shown = run(*options, "wrong-wrong", input=request)
    assert (shown.exit_code, SECRET in shown.stdout) == (1, False)


def test_odd_captures_steer_no_terminal(run: Run) -> None:
    capture = (
        b"POST / HTTP/1.1\nX-Signature\x1b[31m: \x1b]52;c;aGk=\x07\nX-Hmac: \x1b[1m\n\n\x1b[2J"
    )
    shown = run("explain", "-", "--provider", "github", "--secret", SECRET, input=capture)
    assert shown.exit_code == 1
    assert "\x1b" not in shown.stdout + shown.stderr


SLACK_ASKS = {"type": "url_verification", "challenge": "3eZbrw1aB1"}


def test_slacks_handshake_that_failed(run: Run, tmp_path: Path) -> None:
    capture = tmp_path / "request.http"
    capture.write_bytes(raw(sign("slack", SLACK_ASKS, "another-app", at=AT)))
    done = run(
        "explain", str(capture), "--provider", "slack", "--secret", SECRET, "--at", str(int(AT))
    )
    assert done.exit_code == 1
    assert "The delivery is refused." in done.output
    assert "1. handshake_refused" in done.output
    assert "slack asks whether this URL is yours" in done.output
    assert "2. signature_mismatch" in done.output


def test_a_handshake_that_is_not_signed(run: Run, tmp_path: Path) -> None:
    capture = tmp_path / "request.http"
    query = "hub.mode=subscribe&hub.challenge=1&hub.verify_token=x"
    capture.write_text(f"GET /meta?{query} HTTP/1.1\r\nhost: a.example\r\n\r\n")
    done = run("explain", str(capture), "--provider", "meta", "--secret", SECRET)
    assert done.exit_code == 1
    assert "The delivery is a handshake." in done.output
    assert "Pass verify_token= to the endpoint" in done.output
    assert "signature_missing" not in done.output
