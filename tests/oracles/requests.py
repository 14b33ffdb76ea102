"""Genuine requests, and what a mutation makes of them."""

import base64
import copy
import hashlib
import time
from dataclasses import dataclass
from typing import Any

import jwt
from hypothesis import strategies as st

from hookmw.testing import SignedRequest, sign

HOST = "https://hooks.example.com"
PATH = "/in?from=theirs"
JSON = b'{"id":"evt_1","type":"x"}'
FORM = b"CallSid=CA1&Body=hi+th%C3%A9re&From=%2B1555&Empty="


@dataclass(frozen=True)
class Sender:
    """How a genuine request is made: by our own `sign`, or with somebody's token."""

    secret: str
    body: bytes = JSON
    form: bool = False
    token: str = ""

    def request(self, name: str, age: float) -> SignedRequest:
        at = time.time() - age
        if self.token:
            return self._with_token(at)
        headers = {"content-type": "application/x-www-form-urlencoded"} if self.form else {}
        kind = None if self.form else "x"
        return sign(name, self.body, self.secret, at=at, type=kind, path=PATH, headers=headers)

    def _with_token(self, at: float) -> SignedRequest:
        digest = base64.urlsafe_b64encode(hashlib.sha256(self.body).digest()).decode()
        claims = {"iss": "Upstash", "sub": HOST + PATH, "body": digest.rstrip("=")}
        times = {"iat": int(at), "nbf": int(at), "exp": int(at) + 300}
        token = jwt.encode({**claims, **times}, self.secret, "HS256")
        path, _, query = PATH.partition("?")
        headers = ((self.token.encode(), token.encode()),)
        return SignedRequest("POST", path, query.encode(), headers, self.body)


Step = tuple[int, str, int, bytes]
"""Which part (the body is the last), what to do there, where, and with which bytes."""

PIECES = st.sampled_from(
    (
        b"|,|.|=|v1=|v0=|v1,|t=|sha256=|0|a|A|+|-1|_|!!!!|nan|1e9|==|v2,x| |\t|\0|\xff"
        b"|&|%|%20|%2B|;|Body=hi|&CallSid=CA1|&a|eyJhbGciOiJub25lIn0|\xc3\xa9"
    ).split(b"|")
)


@st.composite
def plans(draw: Any, parts: int) -> list[Step]:
    one = st.tuples(
        st.integers(0, parts),
        st.sampled_from(["insert", "replace", "delete", "double", "upper", "drop"]),
        st.integers(0, 400),
        PIECES,
    )
    found: list[Step] = draw(st.lists(one, max_size=3))
    return found


def mutated(text: bytes, what: str, where: int, piece: bytes) -> bytes:
    at = where % (len(text) + 1)
    match what:
        case "insert":
            return text[:at] + piece + text[at:]
        case "replace":
            return text[:at] + piece + text[at + len(piece) :]
        case "delete":
            return text[:at] + text[at + 1 :]
        case "double":
            return text + piece + text
        case "upper":
            return text.upper()
        case _:
            return b""


def changed(request: SignedRequest, names: tuple[str, ...], plan: list[Step]) -> SignedRequest:
    headers, body = dict(request.headers), request.body
    for part, what, where, piece in plan:
        if part == len(names):
            body = mutated(body, what, where, piece)
        else:
            name = names[part].encode()
            headers[name] = mutated(headers[name], what, where, piece)
    made = copy.copy(request)
    object.__setattr__(made, "headers", tuple(headers.items()))
    object.__setattr__(made, "body", body)
    return made
