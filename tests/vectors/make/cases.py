"""The cases that every oracle is asked about, and what they are meant to be."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from tests.vectors.make.request import NOW, Request
from tests.vectors.make.signing import Signer

JSON = b'{"id":"evt_1","type":"thing.created","data":{"name":"a name","n":1.50}}'
UNICODE = '{"id":"evt_1","type":"thing.created","data":{"name":"Zoë — 日本 🎣"}}'.encode()
SPACED = b'{ "id": "evt_1",\r\n  "type": "thing.created",  "data": {} }\n'


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """One scheme of one provider: how to make candidates, and who judges them.

    Attributes:
        oracle: package and function, as `made_by` says it; the version is put in.
        package: whose version that is.
        judge: True, False, or None where the oracle crashes; for node, the name of its judge.
        signature: header that holds the signature.
        stamp: header that holds the time, where it has one of its own.
        window: seconds that the oracle looks back; None where it looks at no age.
        future: whether it looks ahead as well.
        join: what separates several signatures, where there may be several.
        prefix: what stands before the signature, and must.
        body: whether the oracle looks at the body at all.
        bodies: the plain one, one beyond ASCII, one with white space in it.
        place: puts the secret into the body, where that is all the proof there is.
    """

    provider: str
    scheme: str
    oracle: str
    package: str
    judge: Callable[[Request], bool | None] | str
    sign: Signer
    secret: str = "a-secret-of-nobody-0123456789abcd"
    other: str = "b-secret-of-nobody-0123456789abcd"
    signature: str = ""
    stamp: str = ""
    window: int | None = None
    future: bool = True
    join: str = ""
    prefix: str = ""
    body: bool = True
    empty: bool = True
    bodies: tuple[bytes, bytes, bytes] = (JSON, UNICODE, SPACED)
    url: str = "https://hooks.example.com/in/provider"
    verifier: Callable[[str], str] = field(default=str)
    place: Callable[[bytes, str], bytes] | None = None

    def request(self, body: bytes, *, secret: str = "", at: int = NOW) -> Request:
        """A candidate, looked at by the owner of the right secret."""
        if self.place is not None:
            body = self.place(body, secret or self.secret)
        headers = self.sign(body, secret or self.secret, at)
        return Request(secret=self.verifier(self.secret), headers=headers, body=body, url=self.url)


Case = tuple[str, bool, Request]
"""Name, whether it is meant to be genuine, and the request."""


def cases(recipe: Recipe) -> Iterator[Case]:
    yield from _genuine(recipe)
    yield from _forged(recipe)
    yield from _malformed(recipe) if recipe.signature else _unplaced(recipe)
    yield from _timed(recipe)


def _genuine(recipe: Recipe) -> Iterator[Case]:
    plain, unicode, spaced = recipe.bodies
    yield "valid", True, recipe.request(plain)
    yield "unicode_body", True, recipe.request(unicode)
    yield "spaced_body", True, recipe.request(spaced)
    if recipe.empty:
        yield "empty_body", True, recipe.request(b"")
    if recipe.join:
        right, wrong = recipe.request(plain), recipe.request(plain, secret=recipe.other)
        yield "rotation_second_matches", True, _joined(recipe, wrong, right)
        yield "rotation_first_matches", True, _joined(recipe, right, wrong)
        yield "rotation_none_matches", False, _joined(recipe, wrong, wrong)


def _joined(recipe: Recipe, one: Request, other: Request) -> Request:
    """Both signatures under one time."""
    first, second = one.headers[recipe.signature], other.headers[recipe.signature]
    at = second.find(recipe.prefix)
    both = f"{first}{recipe.join}{second[at:]}"
    return replace(one, headers={**one.headers, recipe.signature: both})


def _forged(recipe: Recipe) -> Iterator[Case]:
    plain, *_ = recipe.bodies
    genuine = recipe.request(plain)
    yield "wrong_secret", False, recipe.request(plain, secret=recipe.other)
    if recipe.body:
        yield "body_changed", False, replace(genuine, body=plain.replace(b"1", b"2", 1))
        yield "body_with_space_appended", False, replace(genuine, body=plain + b" ")
        yield "body_emptied", False, replace(genuine, body=b"")


def _malformed(recipe: Recipe) -> Iterator[Case]:
    genuine = recipe.request(recipe.bodies[0])
    text = genuine.headers[recipe.signature]
    spoilt = {
        "signature_empty": "",
        "signature_garbage": "garbage",
        "signature_truncated": text[:-4],
        "signature_first_changed": _flipped(text, text.find(recipe.prefix) + len(recipe.prefix)),
    }
    if recipe.prefix:
        spoilt["signature_without_prefix"] = text.replace(recipe.prefix, "")
    for name, value in spoilt.items():
        yield name, False, _with(genuine, recipe.signature, value)
    yield "signature_missing", False, _with(genuine, recipe.signature, None)


def _unplaced(recipe: Recipe) -> Iterator[Case]:
    assert recipe.place is not None
    plain, *_ = recipe.bodies
    genuine = recipe.request(plain)
    yield "token_missing", False, replace(genuine, body=plain)
    yield "token_empty", False, replace(genuine, body=recipe.place(plain, ""))
    yield "token_prefix", False, replace(genuine, body=recipe.place(plain, recipe.secret[:-1]))


def _timed(recipe: Recipe) -> Iterator[Case]:
    plain, *_ = recipe.bodies
    genuine = recipe.request(plain)
    if recipe.stamp:
        later = recipe.request(plain, at=NOW + 1).headers[recipe.stamp]
        yield "timestamp_changed", False, _with(genuine, recipe.stamp, later)
        yield "timestamp_missing", False, _with(genuine, recipe.stamp, None)
        yield "timestamp_garbage", False, _with(genuine, recipe.stamp, "yesterday")
    if recipe.window is not None:
        close = max(recipe.window - 10, recipe.window // 2)
        yield "almost_stale", True, recipe.request(plain, at=NOW - close)
        yield "stale_timestamp", False, recipe.request(plain, at=NOW - recipe.window - 10)
        if recipe.future:
            yield "future_timestamp", False, recipe.request(plain, at=NOW + recipe.window + 10)


def _with(request: Request, header: str, value: str | None) -> Request:
    headers = {key: text for key, text in request.headers.items() if key != header}
    return replace(request, headers=headers if value is None else {**headers, header: value})


def _flipped(text: str, at: int) -> str:
    return text[:at] + ("1" if text[at] != "1" else "2") + text[at + 1 :]
