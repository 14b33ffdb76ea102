"""The interpreter of `cases.json`: what each case sends, word by word.

The file's texts are looked up in tables, never evaluated; a text that no table knows is an error,
and so is a case that is neither interpreted, nor written by hand, nor left out with a reason.
"""

import base64
import gzip
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from tests.attacks.senders import (
    BY_NAME,
    KEY,
    MAIN,
    OLD_KEY,
    TIMED,
    Headers,
    Request,
    Sender,
    random_looking,
    sha1_hex,
)

OK = {200, 201, 202, 204}

LEFT_OUT = {
    52: "no SNS in the catalogue",
    53: "no SNS in the catalogue",
    54: "no PayPal in the catalogue",
    55: "no row of the catalogue signs the URL yet",
    137: "uvicorn has no timeout for headers; a front server has",
}
"""Cases of our areas that are not run, and why."""

BY_HAND = {
    "test_steps.py": {
        10, 42, 48, 57, 58, 68, 69, 70, 73, 75, 76, 81, 87, 124, 130, 143, 154, 155, 158, 159, 165,
        166, 214, 216,
    },
    "test_http.py": {28, 71, 91, 94, 123, 125, 129, 133, 134, 135, 136, 139},
}  # fmt: skip
"""Cases that take steps, by the file that takes them; a test names its cases as `case_70`."""

SCHEMES = {
    "any": MAIN,
    "signed timestamp schemes (stripe, slack, standard)": TIMED,
}

MORE_SENDERS = {120: ("meta", "twitter"), 121: ("meta", "twitter"), 122: ("meta",)}
"""Methods matter most where GET is allowed."""

NOT_FOR = {
    78: {"standard": "the id is signed: there is no delivery without one"},
}


@cache
def _gzip_bomb() -> bytes:
    return gzip.compress(bytes(100_000_000), 6)


def _ten_thousand_parts() -> bytes:
    part = b'--x\r\nContent-Disposition: form-data; name="f%d"\r\n\r\nv\r\n'
    return b"".join(part % number for number in range(10_000)) + b"--x--\r\n"


BODIES: dict[int, Callable[[], bytes]] = {117: _gzip_bomb, 113: _ten_thousand_parts}
"""Bodies that the catalogue describes in prose."""


def read_cases() -> dict[int, dict[str, Any]]:
    cases = json.loads((Path(__file__).parent / "cases.json").read_text("ascii"))["cases"]
    return {case["id"]: case for case in cases}


CASES = read_cases()
INTERPRETED = sorted(set(CASES) - set(LEFT_OUT) - set().union(*BY_HAND.values()))


def senders_of(case: dict[str, Any]) -> list[Sender]:
    named = SCHEMES.get(case["scheme"]) or (BY_NAME[case["scheme"]],)
    more = [BY_NAME[name] for name in MORE_SENDERS.get(case["id"], ())]
    return [each for each in (*named, *more) if each.name not in NOT_FOR.get(case["id"], {})]


# templates

SPECIMEN = re.compile(r"'(.)'\*([0-9]+)")


@dataclass(frozen=True, slots=True)
class Templates:
    """The words in `${...}`, for one sender at one moment."""

    sender: Sender
    now: int
    body: bytes

    def fill(self, text: str) -> bytes:
        parts = re.split(r"\$\{([^}]+)\}", text)
        return b"".join(
            self.word(part) if index % 2 else _encoded(part) for index, part in enumerate(parts)
        )

    def word(self, word: str) -> bytes:
        table: dict[str, Callable[[], bytes]] = {
            "sig_header": self.genuine().header.encode,
            "sig": lambda: self.genuine().before + self.genuine().signature,
            "sig_hex": lambda: self.genuine().signature,
            "sig_hex:now-9999": lambda: self.genuine(self.now - 9999).signature,
            "bad_sig": lambda: self.genuine().before + self.genuine(key=OLD_KEY).signature,
            "now": lambda: str(self.now).encode(),
            "now-9999": lambda: str(self.now - 9999).encode(),
            "token": lambda: _encoded(self.sender.verify_token or self.sender.secret),
            "token[:-1]": lambda: _encoded(self.sender.secret[:-1]),
            "token.upper()": lambda: _encoded(self.sender.secret.upper()),
            "zeros64": lambda: b"0" * 64,
            "hmac_sha1": lambda: sha1_hex(self.body),
            "b64_64_random": lambda: base64.b64encode(random_looking(64)),
            "'['*900+']'*900": lambda: b"[" * 900 + b"]" * 900,
        }
        if word in table:
            return table[word]()
        specimen = SPECIMEN.fullmatch(word)
        if specimen is None:
            raise ValueError(f"no table knows the template {word!r}")
        return specimen[1].encode() * int(specimen[2])

    def genuine(self, at: int | None = None, key: bytes = KEY) -> Request:
        return self.sender.request(self.body, at=str(self.now if at is None else at), key=key)


def _encoded(text: str) -> bytes:
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode()


# what a case sends


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request of a case.

    Attributes:
        request: to be sent.
        original: the genuine delivery that it was made of, where it may count as the same one.
    """

    request: Request
    original: Request | None = None


def attempts_of(case: dict[str, Any], sender: Sender, now: int) -> Iterator[Attempt]:
    """Every request that the case means, for this sender."""
    asked = case["request"]
    for number, body in enumerate(_bodies(case, sender)):
        templates = Templates(sender, now, body.raw)
        for request, original in _authorised(case, sender, body, now, number):
            methods = asked["method"].split("|")
            clients = _list(asked.get("config", {}).get("client", request.client))
            for method, client in product(methods, clients):
                path, _, query = asked["path"].partition("?")
                yield from (
                    Attempt(
                        replace(
                            each,
                            method=method,
                            client=client,
                            path=unquote(path),
                            query=templates.fill(query),
                        ),
                        original,
                    )
                    for each in _with_headers(request, asked, templates)
                )


@dataclass(frozen=True, slots=True)
class Body:
    """A body, and the type of event that a header would have to name for it."""

    raw: bytes
    type: str | None = "push"


def _bodies(case: dict[str, Any], sender: Sender) -> list[Body]:
    number, asked = case["id"], case["request"]
    if number in BODIES:
        return [Body(BODIES[number]())]
    if "body" not in asked:
        return _default_bodies(case, sender)
    return [_body(each, sender, now=0) for each in _variants(asked["body"])]


def _default_bodies(case: dict[str, Any], sender: Sender) -> list[Body]:
    ops = {each["op"]: each for each in case["request"].get("mutate", ())}
    if "flip_each_byte" in ops:
        plain = sender.payload("evt-1", v="")
        return [Body(sender.payload("evt-1", v="v" * (64 - len(plain))))]
    if "drop_id" in ops:
        return [Body(sender.payload(None, n=n)) for n in range(2)]
    if "set_id" in ops:
        ids = _list(ops["set_id"]["value"])
        twice = ids * 2 if ids == [""] else ids
        return [Body(sender.payload(_id(each), n=n)) for n, each in enumerate(twice)]
    if "reserialise_body_after_signing" in ops:
        return [Body(b'{"id": "evt-1", "type": "push", "name": "Zo\\u00eb"}')]
    return [Body(sender.payload("evt-1"))]


def _id(written: str) -> str:
    if "${" not in written:
        return written
    return Templates(BY_NAME["github"], 0, b"").fill(written).decode("ascii")


def _variants(body: Any) -> Iterator[Any]:
    """A list where one value is expected means: one request for each."""
    if isinstance(body, list):
        yield from body
    elif isinstance(body, dict) and isinstance(body.get("type"), list):
        yield from ({**body, "type": each} for each in body["type"])
    elif isinstance(body, dict) and isinstance(body.get("encode"), list):
        yield from ({**body, "encode": each} for each in body["encode"])
    else:
        yield body


def _body(written: Any, sender: Sender, now: int) -> Body:
    templates = Templates(sender, now, b"")
    if isinstance(written, str):
        return Body(templates.fill(written) if "${" in written else written.encode())
    if set(written) == {"b64"}:
        return Body(base64.b64decode(written["b64"]))
    if set(written) == {"encode", "text"}:
        return Body(written["text"].encode(written["encode"]))
    return _json_body(dict(written), templates)


def _json_body(fields: dict[str, Any], templates: Templates) -> Body:
    type_ = fields.get("type")
    if type_ == "(absent)":
        del fields["type"]
        return Body(json.dumps(fields).encode(), None)
    if isinstance(type_, str):
        fields["type"] = templates.fill(type_).decode()
        return Body(json.dumps(fields).encode(), fields["type"])
    return Body(json.dumps(fields).encode(), None)


def _authorised(
    case: dict[str, Any], sender: Sender, body: Body, now: int, number: int
) -> Iterator[tuple[Request, Request | None]]:
    asked = case["request"]
    config = asked.get("config", {})
    genuine = _builder(case, sender, body, number)
    match asked["auth"]:
        case "none":
            bare = replace(genuine(at=str(now)), before=b"", signature=b"")
            yield replace(bare, others=()), None
            if any("${sig_header}" in name for name, _ in asked.get("headers", ())):
                yield bare, None
        case "hmac-with":
            key = {"": b"", "old": OLD_KEY}[config["request_key"]]
            yield genuine(at=str(now), key=key), None
        case "valid-at":
            for said, signed in _moments(config["at"], now):
                over_signed = genuine(at=signed)
                yield replace(genuine(at=said), signature=over_signed.signature), None
        case "valid":
            yield from _mutated(case, sender, genuine(at=str(now)))
        case other:
            raise ValueError(f"no table knows the auth {other!r}")


def _builder(
    case: dict[str, Any], sender: Sender, body: Body, number: int
) -> Callable[..., Request]:
    """A builder of genuine requests with this body, and with the id that the case wants."""
    ops = {each["op"]: each for each in case["request"].get("mutate", ())}
    event_id: bytes | None = b"evt-%d" % (number + 1)
    if "drop_id" in ops:
        event_id = None
    elif "set_id" in ops:
        ids = _list(ops["set_id"]["value"])
        event_id = _id(ids[number % len(ids)]).encode()

    def build(**how: Any) -> Request:
        request = sender.request(body.raw, **{"event_id": event_id, **how})
        if sender.name == "github" and body.type != "push":
            kept = tuple(item for item in request.others if item[0] != "X-GitHub-Event")
            named: Headers = () if body.type is None else (("X-GitHub-Event", body.type.encode()),)
            request = replace(request, others=(*kept, *named))
        return request

    return build


def _moments(written: Any, now: int) -> Iterator[tuple[bytes, bytes]]:
    """Timestamps as sent, and as signed over."""
    if written == "now in each spelling; signed over the canonical integer and over the spelling":
        for said in _spellings(now):
            yield said, str(now).encode()
            yield said, said
    elif written == "now+301, now+86400":
        for ahead in (301, 86400):
            yield (text := str(now + ahead).encode()), text
    elif isinstance(written, list):
        for each in written:
            text = (str(now * 1000) if each == "now*1000" else each).encode()
            yield text, text
    else:
        raise ValueError(f"no table knows the moments {written!r}")


def _spellings(now: int) -> list[bytes]:
    digits = str(now)
    arabic = digits.translate({ord(str(n)): chr(0x660 + n) for n in range(10)})
    return [
        digits.encode() + b".9",
        f"{now / 1e9:.9f}e9".encode(),
        b"+" + digits.encode(),
        b" " + digits.encode() + b" ",
        f"{now:_}".encode(),
        arabic.encode(),
        hex(now).encode(),
        digits.encode() + b"\n",
        b"000" + digits.encode(),
    ]


# mutations


def _mutated(
    case: dict[str, Any], sender: Sender, genuine: Request
) -> Iterator[tuple[Request, Request | None]]:
    mutations = case["request"].get("mutate", ())
    if not mutations:
        yield genuine, None
    for mutation in mutations:
        for request in OPS[mutation["op"]](genuine, mutation, sender):
            yield request, genuine if mutation["op"] in MAY_BE_THE_SAME else None


def _truncate(genuine: Request, op: dict[str, Any], sender: Sender) -> Iterator[Request]:
    for size in op["to"]:
        yield replace(genuine, signature=genuine.signature[:size])


def _append(genuine: Request, op: dict[str, Any], sender: Sender) -> Iterator[Request]:
    yield replace(genuine, signature=genuine.signature + op["value"].encode())


def _replace_body(genuine: Request, op: dict[str, Any], sender: Sender) -> Iterator[Request]:
    yield replace(genuine, body=op["value"].encode())


def _flip(genuine: Request, op: dict[str, Any], sender: Sender) -> Iterator[Request]:
    assert len(genuine.body) == 64
    for place in range(64):
        changed = bytearray(genuine.body)
        changed[place] ^= 1 << (place % 8)
        yield replace(genuine, body=bytes(changed))


def _reserialise(genuine: Request, op: dict[str, Any], sender: Sender) -> Iterator[Request]:
    data = json.loads(genuine.body)
    backwards = dict(reversed(data.items()))
    for body in (
        json.dumps(data, separators=(",", ":")),
        json.dumps(data, indent=2),
        json.dumps(backwards),
        json.dumps(data, ensure_ascii=False),
    ):
        yield replace(genuine, body=body.encode())


def _upper(genuine: Request, op: dict[str, Any], sender: Sender) -> Iterator[Request]:
    yield replace(genuine, signature=genuine.signature.upper())


def _join(genuine: Request, op: dict[str, Any], sender: Sender) -> Iterator[Request]:
    joined = Templates(sender, _signed_at(genuine), genuine.body).fill(op["with"])
    yield replace(genuine, before=joined + genuine.before)


def _insert(genuine: Request, op: dict[str, Any], sender: Sender) -> Iterator[Request]:
    value = Templates(sender, 0, genuine.body).fill(op["value"])
    if sender.name == "stripe":  # an element more in front of the signature's
        before, tag, _ = genuine.before.partition(b"v1=")
        yield replace(genuine, before=before + value + tag)
    else:
        half = len(genuine.signature) // 2
        text = genuine.signature[:half] + value + genuine.signature[half:]
        yield replace(genuine, signature=text)


def _replace_in(genuine: Request, op: dict[str, Any], sender: Sender) -> Iterator[Request]:
    changed = genuine.before.replace(op["from"].encode(), op["to"].encode())
    yield replace(genuine, before=changed)


def _as_it_is(genuine: Request, op: dict[str, Any], sender: Sender) -> Iterator[Request]:
    yield genuine  # the id was chosen when it was built


def _signed_at(genuine: Request) -> int:
    found = re.search(rb"t=([0-9]+)", genuine.before)
    return int(found[1]) if found else 0


OPS: dict[str, Callable[[Request, dict[str, Any], Sender], Iterator[Request]]] = {
    "truncate_sig": _truncate,
    "append_sig": _append,
    "replace_body_after_signing": _replace_body,
    "flip_each_byte": _flip,
    "reserialise_body_after_signing": _reserialise,
    "upper_sig": _upper,
    "join_header": _join,
    "insert_in_sig": _insert,
    "replace_in_sig": _replace_in,
    "drop_id": _as_it_is,
    "set_id": _as_it_is,
}
MAY_BE_THE_SAME = {"upper_sig", "insert_in_sig"}


def _with_headers(
    request: Request, asked: dict[str, Any], templates: Templates
) -> Iterator[Request]:
    written = asked.get("headers", [])
    names = [templates.fill(name).decode("latin-1") for name, _ in written]
    for values in product(*(_list(value) for _, value in written)):
        new: Headers = tuple(
            (name, templates.fill(value)) for name, value in zip(names, values, strict=True)
        )
        yield request.with_headers(new) if new else request


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
