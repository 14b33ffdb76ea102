"""Which rows of the catalogue could read a delivery: those whose signature's header is there."""

import re
from functools import cache

from hookmw import catalog
from hookmw.delivery import Delivery
from hookmw.errors import ConfigError
from hookmw.place import Place
from hookmw.scheme import Scheme

__all__ = ["header_names", "places_of", "rows_reading", "signature_like"]

MAX_SHOWN = 5

_SAFE = re.compile(r"[a-z0-9_-]{1,64}", re.ASCII)
_LIKE = re.compile(r"sign|hmac|token|digest|secret|webhook|authorization|hash", re.ASCII)


def rows_reading(delivery: Delivery) -> list[str]:
    """The names of the rows whose signature stands in a header that is there, sorted."""
    index = _names_by_header()
    return sorted({row for name in header_names(delivery) for row in index.get(name, ())})


def signature_like(delivery: Delivery) -> list[str]:
    """The headers that are there and by their names could hold a signature; a few."""
    known = _names_by_header()
    found = [name for name in header_names(delivery) if name in known or _LIKE.search(name)]
    return found[:MAX_SHOWN]


def header_names(delivery: Delivery) -> list[str]:
    """The names of the headers that are there, each once, without those that look odd."""
    names = dict.fromkeys(name.decode("latin-1").lower() for name, _ in delivery.headers)
    return [name for name in names if _SAFE.fullmatch(name)]


def places_of(scheme: Scheme) -> list[Place]:
    """Where the signature may stand."""
    return _places(scheme.signature)


@cache
def _names_by_header() -> dict[str, tuple[str, ...]]:
    """Made when it is first asked for: it builds every row."""
    index: dict[str, tuple[str, ...]] = {}
    for name in catalog.names():
        for header in _headers_of(name):
            index[header] = (*index.get(header, ()), name)
    return index


def _headers_of(name: str) -> list[str]:
    try:
        verifier = catalog.provider(name).scheme
        written = getattr(verifier, "signature", None) or getattr(verifier, "token", "")
        places = _places(written) if isinstance(written, str) and written else []
    except (ConfigError, ImportError):  # its extra is not installed
        return []
    return [place.name.lower() for place in places if place.kind == "header"]


def _places(written: str) -> list[Place]:
    return [Place.of(text.strip()) for text in written.split("|")]
