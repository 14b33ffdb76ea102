"""A captured request, whatever it was written down as."""

from dataclasses import dataclass
from urllib.parse import SplitResult, unquote, urlsplit

from hookmw.delivery import Delivery, Headers
from hookmw.errors import ConfigError
from hookmw.place import Place
from hookmw.provider import Provider
from hookmw.scheme import Scheme

__all__ = ["Capture", "header", "header_pair"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """One HTTP request.

    Attributes:
        method: HTTP method.
        url: the whole URL, or path and query.
        headers: names in lower case.
        body: the bytes.
        note: what was done to read it, if anything.
    """

    method: str
    url: str
    headers: Headers = ()
    body: bytes = b""
    note: str = ""

    def __post_init__(self) -> None:
        """Check what a request must have.

        Raises:
            ConfigError: the URL is none.
        """
        self.split()

    def split(self) -> SplitResult:
        """The parts of the URL.

        Raises:
            ConfigError: it is none.
        """
        try:
            return urlsplit(self.url)
        except ValueError:
            raise ConfigError("the capture's URL is none") from None

    @property
    def origin(self) -> str | None:
        """Scheme and host of the URL, if it has them."""
        parts = self.split()
        return f"{parts.scheme}://{parts.netloc}" if parts.netloc and parts.scheme else None

    def delivery(self, provider: Provider, received_at: float, public_url: str | None) -> Delivery:
        """The request as the provider's endpoint would see it."""
        parts = self.split()
        path = unquote(parts.path or "/")
        return Delivery(
            method=self.method,
            path=path,
            headers=self.headers,
            query_string=parts.query.encode("utf-8", "surrogateescape"),
            path_params=_path_params(provider, path),
            body=self.body,
            received_at=received_at,
            public_url=public_url or self.origin,
            envelope=provider.envelope,
        )


def header(capture: Capture, name: bytes) -> bytes | None:
    """The first value of a header."""
    return next((value for key, value in capture.headers if key == name), None)


def header_pair(line: str) -> tuple[bytes, bytes]:
    """Name and value of a header's line.

    Raises:
        ConfigError: it is none.
    """
    name, colon, value = line.partition(":")
    if not colon or not name.strip().isascii() or not name.strip():
        raise ConfigError("the capture has a header that is none: write 'Name: value'")
    return name.strip().lower().encode(), value.strip().encode("utf-8", "surrogateescape")


def _path_params(provider: Provider, path: str) -> dict[str, str]:
    """A secret that stands in the path is taken to be its last part."""
    scheme = provider.scheme
    place = Place.of(scheme.signature.split("|")[0].strip()) if isinstance(scheme, Scheme) else None
    if place is None or place.kind != "path":
        return {}
    return {place.name: path.rstrip("/").rpartition("/")[2]}
