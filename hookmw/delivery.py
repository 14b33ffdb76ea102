"""What came in: the parts of an HTTP request, and the `Delivery`, which nobody has verified yet."""

from collections.abc import Awaitable, Callable, Mapping

from hookmw.document import Document, parse_pairs
from hookmw.errors import Malformed, Undecodable
from hookmw.reply import Headers, Reply

__all__ = ["Delivery", "Headers", "Proof", "RequestParts"]


class RequestParts:
    """The parts of an HTTP request that places (`header:x`, `body:a.b`, ...) are read from.

    Attributes:
        path: path of the URL, percent-decoded, below the mount point.
        path_params: what the endpoint's path template matched.
        query_string: the raw query string, without `?`.
        headers: as they came; of an envelope that was opened, the length is that of what was in it.
    """

    __slots__ = ("_body", "_document", "envelope", "headers", "path", "path_params", "query_string")

    def __init__(
        self,
        *,
        path: str,
        headers: Headers,
        query_string: bytes = b"",
        path_params: Mapping[str, str] | None = None,
        body: bytes | None = None,
        envelope: str = "payload",
    ) -> None:
        self.path = path
        self.headers = headers
        self.query_string = query_string
        self.path_params: Mapping[str, str] = path_params or {}
        self.envelope = envelope
        self._body = body
        self._document: Document | None = None

    @property
    def body(self) -> bytes:
        """The bytes that were sent, or what was in them where they were an envelope.

        Raises:
            RuntimeError: nobody has read it yet.
        """
        if self._body is None:
            raise RuntimeError("the body has not been read yet: await delivery.read() first")
        return self._body

    @property
    def document(self) -> Document:
        """The body as data."""
        if self._document is None:
            self._document = Document(self.body, self.envelope)
        return self._document

    def header(self, name: bytes) -> str | None:
        """The value of a header as text (ISO 8859-1), or None.

        Args:
            name: in lower case.

        Raises:
            Malformed: the header is there twice; which one counts would be anybody's guess.
        """
        found = self.header_bytes(name)
        return None if found is None else found.decode("latin-1")

    def header_bytes(self, name: bytes) -> bytes | None:
        """The value of a header as it was sent; as `header`."""
        found = None
        for key, value in self.headers:
            if key == name:
                if found is not None:
                    raise Malformed(f"header {name.decode()} is there twice", code="header_doubled")
                found = value
        return found

    def query(self, name: str) -> str | None:
        """The value of a query parameter, or None.

        Raises:
            Malformed: the parameter is there twice, or the query string is not UTF-8.
        """
        try:
            values = [v for k, v in parse_pairs(self.query_string, limit=100) if k == name]
        except Undecodable:
            raise Malformed("the query string is not UTF-8, or too long") from None
        if len(values) > 1:
            raise Malformed(f"query parameter {name} is there twice", code="query_doubled")
        return values[0] if values else None


class Proof:
    """What a verification found: it exists only where a verifier was content.

    Attributes:
        content: the bytes that the signature covers, or what was in the envelope where the body
            is one; the ground of de-duplication.
        ack: the acknowledgement, where the provider wants it sealed or signed, else None.
    """

    __slots__ = ("ack", "content")

    def __init__(self, content: bytes, ack: Reply | None = None) -> None:
        self.content = content
        self.ack = ack


class Delivery(RequestParts):
    """One HTTP request from a provider; nothing in it can be trusted yet.

    Attributes:
        method: HTTP method, upper case.
        peer: address of the other end of the connection, or None (unix socket).
        received_at: when it arrived, in seconds since the epoch.
        public_url: scheme and host that the provider was told, for schemes that sign the URL.
        proof: None until a signature stage accepted it.
        opened: whether its body was an envelope, and `body` is now what was in it.
        refused: code of the refusal; empty where it was not refused.
    """

    __slots__ = (
        "_pull",
        "claim",
        "method",
        "opened",
        "peer",
        "proof",
        "public_url",
        "received_at",
        "refused",
    )

    def __init__(
        self,
        *,
        method: str,
        path: str,
        headers: Headers,
        received_at: float,
        query_string: bytes = b"",
        path_params: Mapping[str, str] | None = None,
        peer: str | None = None,
        body: bytes | None = None,
        public_url: str | None = None,
        envelope: str = "payload",
    ) -> None:
        super().__init__(
            path=path,
            headers=headers,
            query_string=query_string,
            path_params=path_params,
            body=body,
            envelope=envelope,
        )
        self.method = method
        self.peer = peer
        self.received_at = received_at
        self.public_url = public_url
        self.proof: Proof | None = None
        self.opened = False
        self.refused = ""
        self.claim: object = None  # what a scheme has read already, so that it reads it once
        self._pull: Callable[[], Awaitable[bytes]] | None = None

    def arm(self, pull: Callable[[], Awaitable[bytes]]) -> None:
        """Say how the body is to be read once somebody asks for it; nothing is read yet."""
        self._pull = pull

    def open(self, plain: bytes) -> None:
        """Take `plain`, what was in the envelope, for the body from now on."""
        self._body, self._document, self.opened = plain, None, True
        length = str(len(plain)).encode()
        self.headers = tuple(
            (name, length if name == b"content-length" else value) for name, value in self.headers
        )

    @property
    def armed(self) -> bool:
        """Whether the body has been read, or it is known how to."""
        return self._pull is not None or self._body is not None

    @property
    def is_read(self) -> bool:
        """Whether the body has been read."""
        return self._body is not None

    async def read(self) -> bytes:
        """The body; the first call reads it, within the limits that `arm` was given.

        Raises:
            BodyTooLarge: it is larger than the cap.
            BodyTimeout: it was not whole at the deadline.
            ClientGone: the sender hung up.
        """
        if self._body is None and self._pull is not None:
            self._body = await self._pull()
        return self.body

    def __repr__(self) -> str:
        """Its method alone: a path may hold a secret (`/telegram/{token}`)."""
        return f"<Delivery: {self.method}>"
