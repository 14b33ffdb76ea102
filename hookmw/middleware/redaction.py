"""A shared token is the secret itself: what is stored of a delivery is without it."""

from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode

from hookmw.delivery import Delivery, Headers
from hookmw.place import Place
from hookmw.scheme import Scheme

__all__ = ["HIDDEN", "Redaction", "Shown"]

HIDDEN = "***"


class Shown(NamedTuple):
    """The parts of a delivery that are stored."""

    headers: Headers
    path: str
    path_params: Mapping[str, str]
    query_string: bytes


class Redaction:
    """Takes the token out of headers, path and query; a body stays what was received.

    Args:
        scheme: the endpoint's verifier; where it is no shared token nothing is taken out.
    """

    def __init__(self, scheme: Any) -> None:
        tokens = isinstance(scheme, Scheme) and scheme.covers_nothing
        places = [Place.of(text.strip()) for text in scheme.signature.split("|")] if tokens else []
        self._headers = {p.name.lower().encode() for p in places if p.kind == "header"}
        self._query = {p.name for p in places if p.kind == "query"}
        self._path = {p.name for p in places if p.kind == "path"}

    def __call__(self, delivery: Delivery) -> Shown:
        """What may be stored."""
        headers, query = delivery.headers, delivery.query_string
        path, params = delivery.path, delivery.path_params
        if self._headers:
            headers = tuple(
                (name, HIDDEN.encode() if name in self._headers else value)
                for name, value in headers
            )
        if self._query:
            pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True, encoding="latin-1")
            shown = [(name, HIDDEN if name in self._query else value) for name, value in pairs]
            query = urlencode(shown, encoding="latin-1", safe="*").encode("ascii")
        if self._path:
            for token in {params[name] for name in self._path if params.get(name)}:
                path = path.replace(token, HIDDEN)
            params = {n: HIDDEN if n in self._path else value for n, value in params.items()}
        return Shown(headers, path, params, query)
