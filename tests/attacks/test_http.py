"""The catalogue's cases over a socket: raw bytes to a real server, with h11 and with httptools."""

import base64
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.attacks.senders import GITHUB, KEY, OLD_KEY, Request, hexmac
from tests.attacks.server import BODY_TIMEOUT, MAX_BODY, UNGUARDED
from tests.attacks.wire import Server, head, serving, wire

REFUSED = {400, 401, 403, 404}
MEGABYTE = 1 << 20


@pytest.fixture(scope="module", params=["h11", "httptools"])
def running(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    with serving(request.param, folder=tmp_path_factory.mktemp(request.param)) as (server,):
        yield server


@pytest.fixture
def server(running: Server) -> Iterator[Server]:
    """The server; afterwards the global conditions are looked at."""
    yield running
    running.check_after()


@pytest.fixture
def untouched(server: Server) -> Iterator[Server]:
    """The same; and nothing may have been stored."""
    before = server.rows
    yield server
    assert server.rows == before


def genuine(note: str = "hello") -> Request:
    return GITHUB.request(GITHUB.payload(None, note=note))


def unsigned(body: bytes = b"{}") -> Request:
    return GITHUB.request(body).without_signature()


def test_case_28_a_signature_of_a_megabyte(untouched: Server) -> None:
    request = unsigned().with_headers((("X-Hub-Signature-256", b"a" * 1_000_000),))
    started = time.monotonic()
    answer = untouched.ask(wire(request))
    assert answer is None or answer.status in {400, 401, 431}
    assert time.monotonic() - started < 2


def test_case_71_fifty_copies_at_once_on_four_servers(tmp_path: Path) -> None:
    with serving("h11", "httptools", "h11", "httptools", folder=tmp_path) as servers:
        before = servers[0].rows
        request = genuine("one of fifty")
        with ThreadPoolExecutor(50) as pool:
            statuses = list(pool.map(lambda n: servers[n % 4].deliver(request), range(50)))
        assert statuses == [200] * 50
        assert servers[0].rows == before + 1
        handled = servers[0].wait_for_handled(before + 1)
        assert len(handled) == before + 1
        time.sleep(0.3)
        assert servers[0].handled == handled
        for each in servers:
            each.check_after()


def test_case_91_a_chunked_body_without_end(untouched: Server) -> None:
    start = head(genuine(), framing=b"Transfer-Encoding: chunked\r\n")
    chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    before = untouched.memory
    with untouched.connect() as connection:
        connection.send(start)
        sent = 0
        while connection.send(chunk) and sent < 64 * MEGABYTE:
            sent += 0x10000
            if sent > MAX_BODY and (answer := connection.answer(0.01)) is not None:
                break
        else:
            answer = connection.answer()
        assert answer is not None
        assert answer.status == 413
        while connection.send(chunk) and sent < 64 * MEGABYTE:  # and the connection ends
            sent += 0x10000
        assert sent < 64 * MEGABYTE
        assert connection.rest() is not None
    assert untouched.memory - before < 32 * MEGABYTE


def test_case_91_a_length_over_the_cap_is_refused_unread(untouched: Server) -> None:
    with untouched.connect() as connection:
        connection.send(head(genuine(), framing=b"Content-Length: %d\r\n" % (MAX_BODY + 1)))
        answer = connection.answer()
        assert answer is not None
        assert (answer.status, answer.body) == (413, b"too large")
        assert connection.rest() is not None


@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_case_94_a_sender_that_hangs_up_half_way(untouched: Server, framing: str) -> None:
    line = b"Content-Length: 1000\r\n" if framing == "length" else b"Transfer-Encoding: chunked\r\n"
    for _ in range(10):
        with untouched.connect() as connection:
            connection.send(head(genuine(), framing=line) + b'3e8\r\n{"a":')
            time.sleep(0.01)
    time.sleep(0.1)


UPGRADE = (
    b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)


@pytest.mark.parametrize("path", [b"/hook", b"/m/hook", b"/hook/"])
def test_case_123_an_upgrade_to_a_websocket(untouched: Server, path: bytes) -> None:
    """Without a websocket library uvicorn takes it for a GET; with one, for a websocket."""
    answer = untouched.ask(b"GET " + path + b" HTTP/1.1\r\nHost: t\r\n" + UPGRADE + b"\r\n")
    assert answer is not None
    assert answer.status in {400, 403, 404, 405, 426}
    signed = replace_method(genuine("upgraded"), "GET")
    answer = untouched.ask(wire(signed, target=path, more=UPGRADE))
    assert answer is None or answer.status in {400, 403, 404, 405, 426}


def replace_method(request: Request, method: str) -> Request:
    return Request(
        body=request.body, header=request.header, before=request.before,
        signature=request.signature, others=request.others, method=method,
    )  # fmt: skip


SPELLINGS = [
    b"/hook/", b"//hook", b"/./hook", b"/x/../hook", b"/%68ook", b"/hook%2f", b"/HOOK",
    b"/hook;a=b", b"/hook%00", b"/hook%20", b"/hook%0a", b"/hook//", b"/hook?x=/hook", b"/hook#x",
    b"/hook/.", b"/hook%3f", b"/%2fhook", b"/hook%ff", b"/%2568ook", b"http://test/hook",
    b"http://other/hook", b"/hook\\", b"/hook/%2e%2e/hook", b"/hook\xc3\xa9", b"*",
]  # fmt: skip

MOUNTED = [
    b"/m/hook", b"/m%2fhook", b"//m/hook", b"/hook", b"/m/m/hook", b"/m//hook", b"/m/hook/",
    b"/m/../hook", b"/m", b"/m/", b"/m/hook%0a", b"/M/hook", b"/m/%68ook",
]  # fmt: skip


@pytest.mark.parametrize("target", [*SPELLINGS, *MOUNTED])
def test_case_125_129_every_spelling_is_verified_or_unknown(server: Server, target: bytes) -> None:
    before = server.rows
    for request in (unsigned(), GITHUB.request(b"{}", key=OLD_KEY)):
        answer = server.ask(wire(request, target=target))
        assert answer is None or answer.status in {*REFUSED, UNGUARDED}
    assert server.rows == before
    answer = server.ask(wire(genuine(target.decode("latin-1")), target=target))
    assert answer is None or answer.status in {200, 400, 404, UNGUARDED}
    assert server.rows == before + (answer is not None and answer.status == 200)


def test_case_126_no_spelling_is_redirected(server: Server) -> None:
    answer = server.ask(wire(genuine("slash"), target=b"/hook/"))
    assert answer is not None
    assert answer.status == 200


def test_case_133_a_refusal_does_not_ask_for_the_body(untouched: Server) -> None:
    for request in (unsigned(), unsigned().with_headers((("X-Hub-Signature-256", b"sha256=x"),))):
        with untouched.connect() as connection:
            more = b"Expect: 100-continue\r\n"
            connection.send(head(request, more=more, framing=b"Content-Length: 100000\r\n"))
            answer = connection.answer()
            assert answer is not None
            assert (answer.status, answer.interim) == (401, ())


def test_case_133_an_acceptable_head_is_told_to_continue(server: Server) -> None:
    request = genuine("continue")
    with server.connect() as connection:
        connection.send(head(request, more=b"Expect: 100-continue\r\n"))
        connection.send(request.body)
        answer = connection.answer()
        assert answer is not None
        assert answer.status == 200


def test_case_133_a_body_over_the_cap_is_not_asked_for(untouched: Server) -> None:
    with untouched.connect() as connection:
        framing = b"Content-Length: %d\r\n" % (MAX_BODY + 1)
        connection.send(head(genuine(), more=b"Expect: 100-continue\r\n", framing=framing))
        answer = connection.answer()
        assert answer is not None
        assert (answer.status, answer.interim, answer.body) == (413, (), b"too large")
        assert connection.rest() == b""


def test_two_deliveries_in_one_piece_are_two(server: Server) -> None:
    before = server.rows
    with server.connect() as connection:
        connection.send(wire(genuine("first")) + wire(genuine("second")) + wire(unsigned()))
        answers = [connection.answer() for _ in range(3)]
    assert [each.status for each in answers if each] == [200, 200, 401]
    assert server.rows == before + 2


SMUGGLED = b"POST /hook HTTP/1.1\r\nHost: smuggled\r\nContent-Length: 0\r\n\r\n"


@pytest.mark.parametrize("pause", [0.0, 0.1])
def test_case_134_an_unread_body_is_not_the_next_request(server: Server, pause: float) -> None:
    before = server.rows
    with server.connect() as connection:
        connection.send(head(unsigned(SMUGGLED)))
        time.sleep(pause)
        first = None
        if pause:
            first = connection.answer()
        connection.send(SMUGGLED + wire(genuine(f"after the refusal {pause}")))
        first = first or connection.answer()
        assert first is not None
        assert first.status == 401
        second = connection.answer(2)
        assert second is None or second.status in {200, 400}
        if second is not None and second.status == 200:
            assert connection.answer(0.2) is None
    assert server.rows == before + (second is not None and second.status == 200)


@pytest.mark.parametrize(
    "line",
    [
        b"X_Hub_Signature_256: %s\r\n",
        b"X-Hub-Signature-256 : %s\r\n",
        b"X-Hub-Signature-256\t: %s\r\n",
        b"X-Hub-Signature-256\x00: %s\r\n",
        b" X-Hub-Signature-256: %s\r\n",
        b"X-Hub-Signature-2\xc2\xb256: %s\r\n",
        b"X-Other: a\r\n X-Hub-Signature-256: %s\r\n",
        b"X-Other: a\rX-Hub-Signature-256: %s\r\n",
        b"X-Other: a\nX-Hub-Signature-257: %s\r\n",
    ],
)
def test_case_135_what_looks_like_the_header_is_not_it(untouched: Server, line: bytes) -> None:
    body = b'{"look": "alike"}'
    request = unsigned(body)
    answer = untouched.ask(wire(request, more=line % (b"sha256=" + hexmac(KEY, body))))
    assert answer is None or answer.status in {400, 401, 403}


def test_case_135_a_folded_signature_has_a_blank_in_it(untouched: Server) -> None:
    body = b'{"fol": "ded"}'
    value = b"sha256=" + hexmac(KEY, body)
    line = b"X-Hub-Signature-256: %s\r\n %s\r\n" % (value[:30], value[30:])
    answer = untouched.ask(wire(unsigned(body), more=line))
    assert answer is None or answer.status in {400, 401, 403}


def test_case_31_two_signatures_are_none(untouched: Server) -> None:
    request = genuine("doubled")
    line = b"X-Hub-Signature-256: sha256=" + hexmac(OLD_KEY, request.body) + b"\r\n"
    answer = untouched.ask(wire(request, more=line))
    assert answer is not None
    assert answer.status in {400, 401}


@pytest.mark.parametrize(
    "lines",
    [b"".join(b"h%d: 1\r\n" % n for n in range(10_000)), b"h: " + b"x" * 100_000 + b"\r\n"],
    ids=["10,000", "one of 100 KB"],
)
def test_case_136_many_headers_and_a_long_one(untouched: Server, lines: bytes) -> None:
    before = untouched.memory
    started = time.monotonic()
    answer = untouched.ask(wire(unsigned(), more=lines))
    assert answer is None or answer.status in {400, 401, 431}
    assert time.monotonic() - started < 2
    assert untouched.memory - before < 32 * MEGABYTE


def test_case_138_a_slow_body_is_given_up(untouched: Server) -> None:
    with untouched.connect() as connection:
        connection.send(head(genuine(), framing=b"Content-Length: 1000\r\n"))
        started = time.monotonic()
        while (answer := connection.answer(0.2)) is None:
            connection.send(b"x")
            assert time.monotonic() - started < 5
        assert answer.status == 408
        assert time.monotonic() - started < BODY_TIMEOUT + 2
        assert connection.rest() is not None


def test_case_139_slow_connections_beside_normal_traffic(server: Server) -> None:
    before = server.memory
    with ExitStack() as stack:
        slow = [stack.enter_context(server.connect()) for _ in range(150)]
        for number, connection in enumerate(slow):
            start = head(genuine(), framing=b"Content-Length: 1000\r\n")
            connection.send((b"", start[:20], start + b"x")[number % 3])
        times = []
        for number in range(50):
            started = time.monotonic()
            assert server.deliver(genuine(f"normal {number}")) == 200
            times.append(time.monotonic() - started)
        assert sorted(times)[45] < 1
        dripping = [each for number, each in enumerate(slow) if number % 3 == 2]
        statuses = [answer.status for each in dripping if (answer := each.answer())]
        assert statuses == [408] * len(dripping)
    assert server.memory - before < 64 * MEGABYTE


def test_case_143_what_was_acknowledged_is_in_the_file(server: Server) -> None:
    for number in range(20):
        before = server.rows
        assert server.deliver(genuine(f"acknowledged {number}")) == 200
        assert server.rows == before + 1


def chunked(request: Request, trailers: bytes = b"") -> bytes:
    body = b"".join(
        b"%x\r\n%s\r\n" % (1, request.body[n : n + 1]) for n in range(len(request.body))
    )
    return (
        head(request, framing=b"Transfer-Encoding: chunked\r\n")
        + body
        + b"0\r\n"
        + trailers
        + b"\r\n"
    )


def test_a_chunked_body_is_the_same_body(server: Server) -> None:
    answer = server.ask(chunked(genuine("chunked")))
    assert answer is not None
    assert answer.status == 200


def in_two(server: Server, request: bytes) -> int:
    """The status of a request whose body and trailers come a moment after its headers."""
    start, mark, rest = request.partition(b"\r\n\r\n")
    with server.connect() as connection:
        connection.send(start + mark)
        time.sleep(0.05)
        connection.send(rest)
        answer = connection.answer()
    return 0 if answer is None else answer.status


def test_a_trailer_signs_nothing(untouched: Server) -> None:
    """httptools gives a request that comes in one piece to the app with its trailers as headers.

    Nobody can tell them apart then; a right signature is right in either place, and a wrong one
    before it makes two.
    """
    request = unsigned(b'{"trail": "er"}')
    forged = GITHUB.request(b'{"trail": "er"}', key=OLD_KEY)
    line = b"X-Hub-Signature-256: sha256=" + hexmac(KEY, request.body) + b"\r\n"
    assert in_two(untouched, chunked(request, line)) == 401
    assert in_two(untouched, chunked(forged, line)) == 401
    answer = untouched.ask(chunked(forged, line))
    assert answer is not None
    assert answer.status in {400, 401}
    if untouched.http == "h11":
        answer = untouched.ask(chunked(request, line))
        assert answer is not None
        assert answer.status == 401


def test_a_trailer_names_nothing(server: Server) -> None:
    line = b"X-GitHub-Event: trailer\r\nX-GitHub-Delivery: trailer\r\nContent-Type: text/x\r\n"
    assert in_two(server, chunked(genuine("trailer"), line)) == 200
    handled = server.wait_for_handled(server.rows)
    assert not [each for each in handled if "trailer" in each]


@pytest.mark.parametrize(
    "framing",
    [
        b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n",
        b"Content-Length: 2\r\nContent-Length: 3\r\n",
        b"Content-Length: +2\r\n",
        b"Content-Length: 0x2\r\n",
        b"Content-Length: -1\r\n",
        b"Content-Length: 99999999999999999999999999\r\n",
        b"Transfer-Encoding: chunked, identity\r\n",
        b"Transfer-Encoding: xchunked\r\n",
        b"Transfer-Encoding: gzip, chunked\r\n",
        b"",
    ],
)
def test_odd_framing_stores_nothing_else(server: Server, framing: bytes) -> None:
    """Whatever the parser makes of it: what is stored is what was signed."""
    before = server.rows
    request = GITHUB.request(b"{}")
    with server.connect() as connection:
        connection.send(head(request, framing=framing) + b"{}")
        answer = connection.answer(BODY_TIMEOUT + 2)
        assert answer is None or answer.status in {400, 401, 408, 413, 501}
    assert server.rows == before


def test_case_24_hostile_bytes_reach_no_log(untouched: Server) -> None:
    for value in (b"\xe9\xff", b"\x1b]0;x\x07", base64.b64encode(b"x" * 3000), b"sha256="):
        request = unsigned().with_headers((("X-Hub-Signature-256", value), ("User-Agent", value)))
        answer = untouched.ask(wire(request))
        assert answer is None or answer.status in {400, 401}
    assert re.search(r"[^\x20-\x7e\n]", untouched.log) is None


def test_case_149_the_log_shows_a_spoofed_peer_in_ascii(untouched: Server) -> None:
    """uvicorn lets 127.0.0.1 say who it is, in any bytes."""
    for value in (b"\x1b]0;x\x07", b"<script>", b"9" * 50_000):
        answer = untouched.ask(wire(unsigned(), more=b"X-Forwarded-For: " + value + b"\r\n"))
        assert answer is None or answer.status in {400, 401}
    assert re.search(r"[^\x20-\x7e\n]", untouched.log) is None
    assert max(map(len, untouched.log.splitlines())) < 1500
