"""A request being written: what a `Scheme` puts its signature into when it signs."""

from typing import Any
from urllib.parse import parse_qsl, urlencode

import msgspec

from hookmw.delivery import Delivery
from hookmw.errors import ConfigError
from hookmw.place import Place

__all__ = ["Draft"]

FORM = "application/x-www-form-urlencoded"


class Draft:
    """An unsigned request.

    Attributes:
        method: HTTP method, upper case.
        public_url: scheme and host, for schemes that sign the URL.
        path: path of the URL.
        path_params: values for the parameters in `path`.
        query: query parameters.
        headers: names in lower case.
        fields: further items of the signature's list, for schemes that sign them.
        body: the bytes.
    """

    __slots__ = (
        "body",
        "fields",
        "headers",
        "method",
        "path",
        "path_params",
        "public_url",
        "query",
    )

    def __init__(
        self,
        body: bytes = b"",
        *,
        method: str = "POST",
        path: str = "/",
        headers: dict[str, str] | None = None,
    ) -> None:
        self.method = method
        self.public_url = "https://hooks.example.com"
        self.path = path
        self.path_params: dict[str, str] = {}
        self.query: dict[str, str] = {}
        self.headers = {"content-type": "application/json", **(headers or {})}
        self.fields: dict[str, str] = {}
        self.body = body

    def put(self, place: Place, value: str | int) -> None:
        """Write `value` at `place`; a number is one only in a body.

        Raises:
            ConfigError: the place is in a body that is neither a form nor a JSON object.
        """
        text = str(value)
        match place.kind:
            case "header":
                self.headers[place.name.lower()] = text
            case "query":
                self.query[place.name] = text
            case "path":
                self.path_params[place.name] = text
                self.path = self.path.replace("{" + place.name + "}", text)
            case _ if self.is_form:
                self.body = _with_form_field(self.body, place.name, text)
            case _:
                self.body = _with_field(self.body, place.name.split("."), value)

    def delivery(self, received_at: float) -> Delivery:
        """The request as its receiver sees it."""
        return Delivery(
            method=self.method,
            path=self.path,
            headers=tuple(
                (name.encode("ascii"), value.encode("utf-8", "surrogateescape"))
                for name, value in self.headers.items()
            ),
            query_string=self.query_string,
            path_params=self.path_params,
            body=self.body,
            received_at=received_at,
            public_url=self.public_url,
        )

    @property
    def is_form(self) -> bool:
        """Whether the body is to be a form."""
        return self.headers.get("content-type", "").lower().startswith(FORM)

    @property
    def query_string(self) -> bytes:
        """The query parameters as they stand in the URL."""
        return urlencode(self.query, errors="surrogateescape").encode("ascii")


def _with_form_field(body: bytes, name: str, text: str) -> bytes:
    fields = dict(parse_qsl(body.decode(), keep_blank_values=True))
    return urlencode({**fields, name: text}, errors="surrogateescape").encode("ascii")


def _with_field(body: bytes, steps: list[str], value: str | int) -> bytes:
    try:
        document: Any = msgspec.json.decode(body)
        parent = document
        for step in steps[:-1]:
            parent = parent[int(step)] if isinstance(parent, list) else parent.setdefault(step, {})
        parent[steps[-1]] = value
    except (msgspec.DecodeError, AttributeError, LookupError, TypeError, ValueError):
        raise ConfigError(
            "this provider signs inside the body, which must be a JSON object"
        ) from None
    return msgspec.json.encode(document)
