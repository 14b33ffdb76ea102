"""A curl command as a request: what a browser or a provider's page offers to copy."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

from hookmw.cli.explain.capture import Capture, header_pair
from hookmw.errors import ConfigError

__all__ = ["from_curl"]

_DATA = {
    "-d": "text",
    "--data": "text",
    "--data-ascii": "text",
    "--data-binary": "binary",
    "--data-raw": "raw",
    "--json": "binary",
}
_VALUES = {"-X", "--request", "-H", "--header", "--url", *_DATA}
_IGNORED = {
    *("-o", "--output", "-A", "--user-agent", "-b", "--cookie", "-e", "--referer", "-m"),
    *("--max-time", "--connect-timeout", "--retry", "-w", "--write-out", "--cacert", "-x"),
    *("--proxy", "--resolve"),
}
_FLAGS = {
    *("-s", "--silent", "-S", "--show-error", "-i", "--include", "-v", "--verbose", "-k"),
    *("--insecure", "-L", "--location", "-f", "--fail", "--compressed", "-#", "-g", "--globoff"),
    *("--http1.1", "--http2", "-sS", "-sv", "-si", "-fsS", "--path-as-is", "--no-progress-meter"),
}
_FORM = (b"content-type", b"application/x-www-form-urlencoded")
_ANSI = re.compile(r"\$'((?:[^'\\]|\\.)*)'", re.DOTALL)
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{1,4}|x[0-9a-fA-F]{1,2}|.)", re.DOTALL)
_PLAIN = {"n": "\n", "r": "\r", "t": "\t", "0": "\0"}


def from_curl(command: str) -> Capture:
    """The request that curl would send.

    Raises:
        ConfigError: the command is cut off, or has options whose effect nobody here knows.
    """
    try:
        words = shlex.split(_ANSI.sub(_unescaped, re.sub(r"\\\r?\n", " ", command)))[1:]
    except ValueError:
        raise ConfigError("the curl command has a quote that does not end") from None
    options = list(_options(iter(words)))
    urls = [value for name, value in options if name == "--url"]
    if len(urls) != 1:
        raise ConfigError(f"the curl command must have one URL, not {len(urls)}")
    return _request(options, urls[0])


def _request(options: list[tuple[str, str]], url: str) -> Capture:
    methods = [value.upper() for name, value in options if name in {"-X", "--request"}]
    headers = tuple(header_pair(value) for name, value in options if name in {"-H", "--header"})
    data = [_data(name, value) for name, value in options if name in _DATA]
    typed = any(name == b"content-type" for name, _ in headers)
    return Capture(
        method=[*(["POST"] if data else ["GET"]), *methods][-1],
        url=url if "://" in url else f"http://{url}",
        headers=headers if typed or not data else (*headers, _FORM),
        body=b"&".join(data),
    )


def _options(words: Iterator[str]) -> Iterator[tuple[str, str]]:
    """Options and their values; what is no option is the URL."""
    for word in words:
        short, attached = word[:2], word[2:]
        if word in _VALUES or word in _IGNORED:
            yield word, _next(words, word)
        elif word in _FLAGS:
            continue
        elif not word.startswith("-"):
            yield "--url", word
        elif not word.startswith("--") and short in _VALUES and attached:
            yield short, attached
        else:
            raise ConfigError(f"the curl command's option {word[:30]!r} is unknown here")


def _next(words: Iterator[str], option: str) -> str:
    value = next(words, None)
    if value is None:
        raise ConfigError(f"the curl command ends after {option}")
    return value


def _data(option: str, value: str) -> bytes:
    kind = _DATA[option]
    if kind == "raw" or not value.startswith("@"):
        return value.encode("utf-8", "surrogateescape")
    try:
        data = Path(value[1:]).read_bytes()
    except (OSError, ValueError):
        raise ConfigError(
            f"the curl command's {option} names a file that cannot be read: run this where it is"
        ) from None
    return data if kind == "binary" else data.translate(None, b"\r\n\0")


def _unescaped(found: re.Match[str]) -> str:
    """`$'...'` as a plain quoted word."""
    return shlex.quote(_ESCAPE.sub(_character, found[1]))


def _character(found: re.Match[str]) -> str:
    code = found[1]
    if code[0] in "ux" and len(code) > 1:
        return chr(int(code[1:], 16))
    return _PLAIN.get(code, code)
