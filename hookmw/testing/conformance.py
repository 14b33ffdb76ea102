"""`check_verifier`: what every verifier must refuse, tried on one of your own."""

import inspect
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

from hookmw.delivery import Delivery, Headers
from hookmw.errors import BadSignature, Rejected
from hookmw.scheme import Draft
from hookmw.secret import Secrets
from hookmw.verifiers import Verifier

__all__ = ["Sign", "check_verifier"]

Sign = Callable[[Draft, str | bytes, float], Awaitable[None] | None]
"""Signs a draft in place: `(draft, secret, at)`, `at` in seconds since the epoch."""

BODY = b'{"id":"evt_1","type":"ping","text":"gr\xc3\xbc\xc3\x9fe"}'

GARBAGE = (
    b"",
    b" ",
    b"garbage",
    b"=",
    b",",
    b"v1=",
    b"v1,",
    b"sha256=",
    b"t=nan,v1=00",
    b"\xff\xfe\xfd",
    b"\x00",
    b"0" * 64,
    b"A" * 10_000,
    "\u0661\u0662\u0663".encode(),
)


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One thing to try, and what may be raised at it."""

    what: str
    delivery: Delivery
    secrets: Secrets
    refusals: type[Rejected] = BadSignature


async def check_verifier(
    verifier: Verifier,
    sign: Sign,
    secret: str | bytes,
    *,
    wrong_secret: str | bytes | None = None,
    body: bytes = BODY,
    covers_body: bool = True,
    tolerance: float | None = None,
) -> None:
    """Try on a verifier what strangers will try; return if it holds.

    The genuine delivery must be accepted, also where its secret is the older of two. Refused must
    be: another secret, any change of the body, and every header and query parameter that `sign`
    wrote, if it is missing, empty, cut, doubled or garbage.

    Args:
        verifier: its `precheck` is called first, where it has one.
        sign: signs a request as the sender would; `Scheme.sign` is one.
        secret: as the sender shows it.
        wrong_secret: of the same form; if left out, `secret` with two characters exchanged.
        body: of the delivery.
        covers_body: False where the proof says nothing about the body (a shared token).
        tolerance: seconds; if given, what was sent longer ago, or is from further in the future,
            must be refused too.

    Raises:
        AssertionError: it does not hold; the message says what was tried and what came of it.
    """
    now = float(int(time.time()))
    unsigned = Draft(body)
    genuine = await _signed(unsigned, sign, secret, now)
    wrong = Secrets(_exchanged(secret) if wrong_secret is None else wrong_secret)
    right = Secrets(secret)
    for secrets in (right, Secrets([*wrong, *right])):
        await _accept(verifier, genuine.delivery(now), secrets, "a genuine delivery")
    forged = [
        _Attempt("another secret", genuine.delivery(now), wrong),
        _Attempt("no signature at all", unsigned.delivery(now), right),
        *_proofs(unsigned, genuine, now, right),
        *(_bodies(genuine, now, right) if covers_body else ()),
    ]
    for attempt in forged:
        await _refuse(verifier, attempt)
    if tolerance is not None:
        await _check_freshness(verifier, sign, (secret, right), body, (now, tolerance))


async def _check_freshness(
    verifier: Verifier,
    sign: Sign,
    secret: tuple[str | bytes, Secrets],
    body: bytes,
    clock: tuple[float, float],
) -> None:
    now, tolerance = clock
    for side, word in ((-1, "old"), (1, "early")):
        fresh = await _signed(Draft(body), sign, secret[0], now + side * (tolerance - 2))
        await _accept(verifier, fresh.delivery(now), secret[1], f"{tolerance - 2:g} s {word}")
        stale = await _signed(Draft(body), sign, secret[0], now + side * (tolerance + 2))
        attempt = _Attempt(f"{tolerance + 2:g} s {word}", stale.delivery(now), secret[1])
        await _refuse(verifier, attempt)


async def _signed(unsigned: Draft, sign: Sign, secret: str | bytes, at: float) -> Draft:
    draft = Draft(unsigned.body, headers=unsigned.headers)
    await _settled(sign(draft, secret, at))
    return draft


def _bodies(genuine: Draft, now: float, secrets: Secrets) -> Iterator[_Attempt]:
    body = genuine.body
    changed = {"an empty body": b"", "a byte more": body + b" ", "a byte less": body[:-1]}
    for index in range(len(body)):
        for bit in (0x01, 0x80):
            flipped = bytes([body[index] ^ bit])
            changed[f"byte {index} of the body ^ {bit:#04x}"] = (
                body[:index] + flipped + body[index + 1 :]
            )
    for what, other in changed.items():
        yield _Attempt(what, _with(genuine, now, body=other), secrets)


def _proofs(unsigned: Draft, genuine: Draft, now: float, secrets: Secrets) -> Iterator[_Attempt]:
    """Every header and query parameter that signing wrote: missing, doubled, or something else."""
    headers = genuine.delivery(now).headers
    for index, (name, value) in enumerate(headers):
        if name.decode() in unsigned.headers:
            continue
        where, before, after = f"header {name.decode()}", headers[:index], headers[index + 1 :]
        yield _Attempt(f"{where} missing", _with(genuine, now, headers=before + after), secrets)
        doubled = _with(genuine, now, headers=(*headers, (name, value)))
        yield _Attempt(f"{where} there twice", doubled, secrets, Rejected)
        for other in (*GARBAGE, value[:-1], value[1:]):
            changed = _with(genuine, now, headers=(*before, (name, other), *after))
            yield _Attempt(f"{where} = {other[:40]!r}", changed, secrets)
    for name_ in genuine.query.keys() - unsigned.query.keys():
        for other in GARBAGE:
            query = genuine.query | {name_: other.decode("latin-1")}
            changed = _with(genuine, now, query=query)
            yield _Attempt(f"query parameter {name_} = {other[:40]!r}", changed, secrets)


def _with(
    genuine: Draft,
    now: float,
    *,
    headers: Headers | None = None,
    query: dict[str, str] | None = None,
    body: bytes | None = None,
) -> Delivery:
    made = genuine.delivery(now)
    return Delivery(
        method=made.method,
        path=made.path,
        path_params=made.path_params,
        headers=made.headers if headers is None else headers,
        query_string=made.query_string if query is None else urlencode(query).encode(),
        body=made.body if body is None else body,
        received_at=now,
    )


async def _accept(verifier: Verifier, delivery: Delivery, secrets: Secrets, what: str) -> None:
    try:
        verdict = await _verdict(verifier, delivery, secrets)
    except Exception as error:
        raise AssertionError(f"{what} was refused: {error!r}") from error
    if verdict is not None:
        raise AssertionError(f"verify must return None, not {verdict!r}; it refuses by raising")


async def _refuse(verifier: Verifier, attempt: _Attempt) -> None:
    try:
        await _verdict(verifier, attempt.delivery, attempt.secrets)
    except attempt.refusals:
        return
    except Exception as error:
        wanted = attempt.refusals.__name__
        raise AssertionError(
            f"{attempt.what}: must be refused with {wanted}, not {error!r}"
        ) from error
    raise AssertionError(f"{attempt.what}: was accepted")


async def _verdict(verifier: Verifier, delivery: Delivery, secrets: Secrets) -> object:
    precheck = getattr(verifier, "precheck", None)
    if precheck is not None:
        precheck(delivery)
    verify: Callable[[Delivery, Secrets], object] = verifier.verify
    return await _settled(verify(delivery, secrets))


async def _settled(result: object) -> object:
    return await result if inspect.isawaitable(result) else result


def _exchanged(secret: str | bytes) -> bytes:
    """Another secret of the same alphabet: two unlike neighbours near the middle change places."""
    raw = bytearray(secret.encode() if isinstance(secret, str) else secret)
    middle = len(raw) // 2
    for index in sorted(range(len(raw) - 1), key=lambda i: abs(i - middle)):
        if raw[index] != raw[index + 1]:
            raw[index], raw[index + 1] = raw[index + 1], raw[index]
            return bytes(raw)
    raise AssertionError("pass wrong_secret=: none can be made of this secret's characters")
