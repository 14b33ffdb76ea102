"""Parts of the public URL, as its provider was told it; never of one made of headers."""

from urllib.parse import quote, urlsplit

from hookmw.delivery import Delivery
from hookmw.errors import MalformedSignature

__all__ = ["PATH_SAFE", "URL", "Host", "Path"]

PATH_SAFE = "/:@!$&'()*+,;=~-._%"


class URL:
    """The public URL of the request, with its query or without."""

    def __init__(self, *, query: bool) -> None:
        self.query = query

    def read(self, delivery: Delivery, items: list[bytes], key: bytes) -> bytes:  # noqa: ARG002
        return _base(delivery).encode() + _below(delivery, query=self.query)


class Path:
    """The path of the public URL, percent-encoded, with the query or without."""

    def __init__(self, *, query: bool) -> None:
        self.query = query

    def read(self, delivery: Delivery, items: list[bytes], key: bytes) -> bytes:  # noqa: ARG002
        prefix = urlsplit(_base(delivery)).path.encode()
        return prefix + _below(delivery, query=self.query)


class Host:
    """The host of the public URL, with its port where that has one."""

    def read(self, delivery: Delivery, items: list[bytes], key: bytes) -> bytes:  # noqa: ARG002
        return urlsplit(_base(delivery)).netloc.encode()


def _base(delivery: Delivery) -> str:
    if delivery.public_url is None:
        raise MalformedSignature("this provider signs the URL: tell it with public_url=")
    return delivery.public_url.rstrip("/")


def _below(delivery: Delivery, *, query: bool) -> bytes:
    path = quote(delivery.path, safe=PATH_SAFE, errors="replace").encode()
    return path + b"?" + delivery.query_string if query and delivery.query_string else path
