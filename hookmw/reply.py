"""What goes back: a `Reply`, the answer to the sender of a delivery."""

__all__ = ["Headers", "Reply"]

Headers = tuple[tuple[bytes, bytes], ...]
"""Header names (lower case) and values, in their order."""

NO_CONTENT = 204


class Reply:
    """An answer to the sender.

    Attributes:
        status: HTTP status.
        body: the bytes of the answer.
        headers: all headers, as ASGI wants them.
    """

    __slots__ = ("body", "headers", "status")

    def __init__(
        self,
        status: int = 200,
        body: bytes = b"",
        content_type: str = "text/plain; charset=utf-8",
        headers: Headers = (),
    ) -> None:
        self.status = status
        self.body = body
        # A 204 has no length (RFC 9110, 8.6).
        length = ((b"content-length", str(len(body)).encode()),) if status != NO_CONTENT else ()
        self.headers: Headers = (
            (b"content-type", content_type.encode("ascii")),
            *length,
            (b"x-content-type-options", b"nosniff"),
            *headers,
        )

    @property
    def closes(self) -> bool:
        """Whether the connection ends with this answer."""
        return (b"connection", b"close") in self.headers
