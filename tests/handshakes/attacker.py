"""Who asks a handshake and tries to pass the answer off as a signature.

He chooses every part of the request, reads the whole answer, and may use all that in it could be a
signature as the proof of a delivery of his choice, sent at whatever time he likes.
"""

import base64
import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import islice
from typing import Any, NamedTuple

from hookmw.delivery import Delivery
from hookmw.errors import ConfigError, Rejected
from hookmw.event import Reply
from hookmw.place import Place
from hookmw.provider import Provider
from hookmw.scheme import Draft, Scheme
from hookmw.scheme.algorithms import algorithm
from hookmw.scheme.encodings import encoding
from tests.handshakes.asking import HOST, NOW

MAX_FILLINGS = 80

BODIES = (
    '{"id":"1","type":"forged"}',
    '{"op":0}',
    '[{"eventType":"forged"}]',
    *("{}", "[]", "[1]", "1", "123", "true", "null", '"a"', "abc", "a=b", ""),
)
"""What he would have us store."""

HASHED = {hashlib.sha256(body.encode()).hexdigest(): body for body in BODIES}

TIME = re.compile(r"[0-9TZ:.+-]{0,40}")


class Asked(NamedTuple):
    """A request, and the texts in it that an answer may be made of."""

    delivery: Delivery
    texts: tuple[str, ...]


def proofs(reply: Reply, scheme: object) -> set[str]:
    """All that is in an answer and could be a signature of this scheme, in its own spelling."""
    found = {text for each in said(reply) for text in (each, *re.split(r"[\s\"{}:,|=]+", each))}
    if not isinstance(scheme, Scheme) or scheme.covers_nothing:
        return found
    size = size_of(scheme)
    spelled = {
        "hex": rf"(?=([0-9a-fA-F]{{{2 * size}}}))",
        "base64": rf"(?=([A-Za-z0-9+/_-]{{{-(-size * 4 // 3)}}}))",
    }
    raws = {
        raw
        for kind, pattern in spelled.items()
        for text in found
        for word in re.findall(pattern, text)
        if len(raw := decoded(kind, word)) == size
    }
    return {encoding(scheme.encoding).encode(raw).decode() for raw in raws}


def said(reply: Reply) -> Iterator[str]:
    """The body, what JSON says in it, and the headers."""
    yield reply.body.decode()
    yield from (value.decode() for _, value in reply.headers)
    with suppress(ValueError):
        document = json.loads(reply.body)
        leaves = document.values() if isinstance(document, dict) else [document]
        yield from (leaf for leaf in leaves if isinstance(leaf, str))


def size_of(scheme: Scheme) -> int:
    """Of a signature, in bytes."""
    made_by: Any = algorithm(scheme.algorithm) if isinstance(scheme.algorithm, str) else None
    return int(getattr(made_by, "digest_size", 64))


def decoded(kind: str, word: str) -> bytes:
    if kind == "hex":
        return bytes.fromhex(word)
    padded = word.translate(str.maketrans("-_", "+/")) + "=" * (-len(word) % 4)
    return base64.b64decode(padded)


def forged(provider: Provider, asked: Asked, reply: Reply) -> Iterator[Delivery]:
    """Deliveries that say what was asked about, or anything, proved with what was answered."""
    scheme = provider.scheme
    for proof in sorted(proofs(reply, scheme)):
        for draft in drafts(scheme, asked.texts):
            with suppress(ConfigError, ValueError):  # he cannot write it so, and is no further
                yield with_proof(draft, scheme, proof)


def drafts(scheme: object, texts: Iterable[str]) -> Iterator[Draft]:
    if not isinstance(scheme, Scheme) or scheme.covers_nothing:
        yield from (Draft(text.encode()) for text in (*texts, BODIES[0]))
        return
    for text in texts:
        pieces = re.split(r"\{([^{}]+)\}", scheme.content)
        for filling in islice(fillings(pieces, text), MAX_FILLINGS):
            draft = Draft(b"{}" if scheme.signature.startswith("body:") else b"")
            for part, value in filling:
                put(draft, scheme, part, value)
            yield draft


def fillings(pieces: list[str], text: str) -> Iterator[list[tuple[str, str]]]:
    """The ways to read the text as the scheme's content: what each part would hold."""
    literal, *others = pieces
    if not text.startswith(literal):
        return
    text = text.removeprefix(literal)
    if not others:
        if not text:
            yield []
        return
    part, *after = others
    cuts = range(len(text) + 1) if any(after[1:]) or after[0] else [len(text)]
    for cut in cuts:
        value = text[:cut]
        if part == "timestamp" and not TIME.fullmatch(value):
            continue
        if part == "body|sha256|hex":
            if value not in HASHED:
                continue
            value = HASHED[value]
        for rest in fillings(after, text[cut:]):
            yield [(part, value), *rest]


def put(draft: Draft, scheme: Scheme, part: str, value: str) -> None:
    if part == "timestamp" and scheme.timestamp:
        draft.put(Place.of(scheme.timestamp), value)
    elif ":" in part:
        draft.put(Place.of(part), value)
    elif part.startswith("body"):
        draft.body = value.encode()


def with_proof(draft: Draft, scheme: object, proof: str) -> Delivery:
    if not isinstance(scheme, Scheme):
        draft.headers["authorization"] = proof
        return draft.delivery(NOW)
    text = scheme.form.replace("*", "any").replace("{signature}", proof)
    draft.put(Place.of(scheme.signature.split(" | ")[0]), text)
    delivery = draft.delivery(NOW)
    with suppress(Rejected):
        moment = scheme.signed_at(delivery)
        delivery = draft.delivery(NOW if moment is None else moment)
    delivery.public_url = HOST
    return delivery
