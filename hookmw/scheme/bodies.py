"""Parts of the body: all of it, the JSON in a form, one value's text, all of it with the key."""

from hookmw.delivery import Delivery
from hookmw.document import is_form, parse_pairs
from hookmw.errors import MalformedSignature, Undecodable
from hookmw.place import Place
from hookmw.scheme.draft import Draft

__all__ = ["Body", "BodyWithKey", "Envelope", "RawValue"]


class Body:
    """The raw body."""

    covers_body = True

    def read(self, delivery: Delivery, items: list[bytes], key: bytes) -> bytes:  # noqa: ARG002
        return delivery.body


class Envelope:
    """The JSON: the body, or the only field of the form that it is.

    More fields would not be signed, and somebody might read them.
    """

    covers_body = True

    def read(self, delivery: Delivery, items: list[bytes], key: bytes) -> bytes:  # noqa: ARG002
        if not is_form(delivery.body):
            return delivery.body
        try:
            pairs = parse_pairs(delivery.body)
        except Undecodable:
            raise MalformedSignature("the body is no form") from None
        if [name for name, _ in pairs] != [delivery.envelope]:
            raise MalformedSignature(f"the form must hold {delivery.envelope} and nothing else")
        return pairs[0][1].encode()


class RawValue:
    """The text of a JSON value, as it stands in the body.

    Args:
        path: of its keys, with dots between.
    """

    def __init__(self, path: str) -> None:
        self.place = Place.of(f"body:{path}")

    def read(self, delivery: Delivery, items: list[bytes], key: bytes) -> bytes:  # noqa: ARG002
        found = delivery.document.raw(self.place.name.split("."))
        if found is None:
            raise MalformedSignature(f"no JSON value at {self.place}")
        return found

    def prepare(self, draft: Draft) -> None:
        """Write a value where there is none."""
        if draft.delivery(0).document.raw(self.place.name.split(".")) is None:
            draft.put(self.place, "sample")


class BodyWithKey:
    """The body, in which the key stands in the place of the signature.

    Args:
        path: of the signature in the JSON, with dots between.
    """

    covers_body = True

    def __init__(self, path: str) -> None:
        self.place = Place.of(f"body:{path}")

    def read(self, delivery: Delivery, items: list[bytes], key: bytes) -> bytes:  # noqa: ARG002
        text = self.place.read_bytes(delivery)
        written = b'"' + text + b'"' if text else b""
        # Twice, or in another spelling: then it is anybody's guess which one was signed as the key.
        if not written or delivery.body.count(written) != 1:
            raise MalformedSignature(f"the text at {self.place} is not there exactly once")
        return delivery.body.replace(written, b'"' + key + b'"')
