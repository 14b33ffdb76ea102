"""One field of a `multipart/form-data` body (RFC 7578), read so that nobody can read it otherwise.

Parsers disagree on nearly everything about such bodies: line ends, what is before the first part
and after the last, a name that is there twice. What could be read in two ways is refused here.
"""

import re

from hookmw.errors import MalformedSignature

__all__ = ["CONTENT_TYPE", "read_field", "write_field"]

MAX_PARTS = 32

BOUNDARY = "hookmw-3f8a1c0d5e7b"
"""What we write between parts."""

CONTENT_TYPE = f"multipart/form-data; boundary={BOUNDARY}"

_TYPE = re.compile(
    r'multipart/form-data *; *boundary=(?:([A-Za-z0-9\'()+_,./:=?-]{1,70})|"([^"\\\r\n]{1,70})")',
    re.ASCII | re.IGNORECASE,
)
_DISPOSITION = re.compile(
    rb'content-disposition: *form-data; *name="([^"\\\r\n]{1,64})"(?:; *filename="[^"\\\r\n]*")?',
    re.IGNORECASE,
)
_HEADER = re.compile(rb"[A-Za-z-]{1,64}:[^\r\n\x00]{0,1024}", re.ASCII)


def read_field(body: bytes, content_type: str, name: str) -> bytes:
    """The bytes of the field of that name.

    Args:
        body: as it was sent.
        content_type: the header.
        name: of a field that is there exactly once.

    Raises:
        MalformedSignature: the body is no form of this kind, or the field is not there once.
    """
    found = _TYPE.fullmatch(content_type.strip())
    if found is None:
        raise MalformedSignature("the body is not multipart/form-data with a boundary")
    parts = [
        _part(each) for each in _parts(body, (found[1] or found[2]).encode("ascii", "replace"))
    ]
    values = [value for named, value in parts if named == name.encode()]
    if len(values) != 1:
        raise MalformedSignature(f"the field {name} is there {len(values)} times")
    return values[0]


def write_field(name: str, value: bytes) -> bytes:
    """A body with that field alone; its type is `CONTENT_TYPE`."""
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'
    return head.encode() + value + f"\r\n--{BOUNDARY}--\r\n".encode()


def _parts(body: bytes, boundary: bytes) -> list[bytes]:
    """What stands between the boundaries."""
    mark = b"\r\n--" + boundary
    before, *parts = (b"\r\n" + body).split(mark, MAX_PARTS + 1)
    if before or len(parts) < 2 or parts.pop() not in {b"--", b"--\r\n"}:  # noqa: PLR2004
        raise MalformedSignature("the parts of the body do not begin and end as they must")
    if not all(part.startswith(b"\r\n") for part in parts):
        raise MalformedSignature("a boundary is followed by something else than a line end")
    return [part[2:] for part in parts]


def _part(part: bytes) -> tuple[bytes, bytes]:
    """Its name and its value."""
    head, found, value = part.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    named = [line for line in lines if line[:20].lower() == b"content-disposition:"]
    if not found or len(named) != 1 or not all(_HEADER.fullmatch(line) for line in lines):
        raise MalformedSignature("a part of the body has no proper head")
    disposition = _DISPOSITION.fullmatch(named[0])
    if disposition is None or any(_is_encoded(line) for line in lines):
        raise MalformedSignature("a part of the body is none of a form's")
    return disposition[1], value


def _is_encoded(line: bytes) -> bool:
    return line[:26].lower() == b"content-transfer-encoding:" and line[26:].strip().lower() not in {
        b"binary",
        b"8bit",
        b"7bit",
    }
