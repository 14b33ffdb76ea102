"""`Request`: a draft that can also be written into where it is a form or an array."""

from hookmw.delivery import Delivery
from hookmw.place import Place
from hookmw.scheme import Draft
from hookmw.testing.writing import FORM, written

__all__ = ["Request"]


class Request(Draft):
    """An unsigned request of a provider.

    Args:
        path: of the URL.
        headers: names in lower case.
        envelope: the form field that holds the provider's JSON.
        form: whether it is a form where the headers do not say what it is.
    """

    __slots__ = ("envelope",)

    def __init__(
        self, path: str, headers: dict[str, str], *, envelope: str = "payload", form: bool = False
    ) -> None:
        super().__init__(path=path, headers={**({"content-type": FORM} if form else {}), **headers})
        self.envelope = envelope

    def put(self, place: Place, value: str | int) -> None:
        """Write `value` at `place`; a number is one only in JSON.

        Raises:
            ConfigError: the body has no room for it there.
        """
        if place.in_body:
            self.write(place.name.split("."), value)
        else:
            super().put(place, value)

    def write(self, steps: list[str], value: object) -> None:
        """Write `value` into the body.

        Raises:
            ConfigError: the body has no room for it there.
        """
        self.body = written(
            self.body,
            steps,
            value,
            content_type=self.headers["content-type"],
            envelope=self.envelope,
        )

    def delivery(self, received_at: float) -> Delivery:
        """The request as its receiver sees it."""
        made = super().delivery(received_at)
        made.envelope = self.envelope
        return made
