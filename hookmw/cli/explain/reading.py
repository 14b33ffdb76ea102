"""Telling how a capture is written down: raw HTTP, JSON, or a curl command."""

import base64
import re
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from hookmw.cli.explain.capture import Capture, header, header_pair
from hookmw.cli.explain.curl import from_curl
from hookmw.errors import ConfigError

__all__ = ["parse_capture", "read_capture"]

_REQUEST = re.compile(rb"([A-Za-z]{1,20}) (\S{1,8192})(?: HTTP/[0-9.]+)?[ \t]*\r?\n")
_FORMS = "write raw HTTP, a curl command, or JSON with method, url, headers and body"


def read_capture(source: str) -> Capture:
    """The capture in a file, or on standard input where `source` is `-`.

    Raises:
        ConfigError: it cannot be read, or is none.
    """
    if source == "-":
        return parse_capture(sys.stdin.buffer.read())
    try:
        return parse_capture(Path(source).read_bytes())
    except OSError as error:
        raise ConfigError(f"{source}: {error.strerror}") from None


def parse_capture(data: bytes) -> Capture:
    """The request that `data` describes.

    Raises:
        ConfigError: it describes none.
    """
    text = data.lstrip(b"\xef\xbb\xbf \t\r\n")
    if text.startswith(b"{"):
        return _from_json(text)
    if re.match(rb"(\$ )?curl\s", text):
        return from_curl(text.removeprefix(b"$ ").decode("utf-8", "surrogateescape"))
    if _REQUEST.match(text):
        return _from_http(text)
    raise ConfigError(f"the capture is no request: {_FORMS}")


def _from_http(data: bytes) -> Capture:
    ends = [found for end in (b"\r\n\r\n", b"\n\n") if (found := data.find(end)) >= 0]
    end = min(ends, default=len(data))
    head, body = data[:end], data[end:]
    body = body.removeprefix(b"\r\n\r\n" if body.startswith(b"\r") else b"\n\n")
    request, *lines = head.decode("utf-8", "surrogateescape").splitlines()
    method, url, *_ = request.split()
    headers = tuple(header_pair(line) for line in lines if line.strip())
    capture = Capture(method=method.upper(), url=url, headers=headers, body=body)
    return _fitted(capture)


def _fitted(capture: Capture) -> Capture:
    """Without the newline that an editor has put after the body."""
    said = header(capture, b"content-length") or b""
    length = int(said) if said.isdigit() and len(said) < len("1000000000") else None
    body = capture.body
    if length is None or len(body) == length:
        return capture
    if not body[length:].strip(b"\r\n") and len(body) > length:
        note = "the newline after the body is not counted in content-length: left out"
        return replace(capture, body=body[:length], note=note)
    return replace(capture, note=f"the body has {len(body)} bytes, content-length says {length}")


def _from_json(data: bytes) -> Capture:
    try:
        found: Any = msgspec.json.decode(data)
        url = found.get("url") or found.get("path") or "/"
        return Capture(
            method=str(found.get("method", "POST")).upper(),
            url=_text(url, "url"),
            headers=_headers(found.get("headers", {})),
            body=_body(found),
        )
    except (msgspec.DecodeError, AttributeError, ValueError, TypeError) as error:
        if isinstance(error, ConfigError):
            raise
        raise ConfigError(f"the capture's JSON describes no request: {_FORMS}") from None


def _headers(found: Any) -> tuple[tuple[bytes, bytes], ...]:
    pairs = found.items() if isinstance(found, dict) else found
    lines = [(name, value) for name, values in pairs for value in _listed(values)]
    return tuple(header_pair(f"{_text(name, 'a name')}: {value}") for name, value in lines)


def _listed(values: Any) -> list[str]:
    return [_text(each, "a header") for each in (values if isinstance(values, list) else [values])]


def _body(found: Any) -> bytes:
    if found.get("body_b64") is not None:
        return base64.b64decode(_text(found["body_b64"], "body_b64"), validate=True)
    return _text(found.get("body") or "", "body").encode("utf-8", "surrogatepass")


def _text(value: Any, what: str) -> str:
    if not isinstance(value, str):
        raise ConfigError(f"the capture's {what} must be text, as it was sent")
    return value
