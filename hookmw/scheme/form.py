"""The text around a signature: `sha256={signature}`, with alternatives and wildcards.

| written | is |
|---|---|
| `sha256={signature}` | the text that stands around the signature |
| `v1={signature} | {signature}` | alternatives: the first that fits counts |
| `*/SHA256/{signature}` | `*` is a name that the sender chooses, and on which nothing depends |

A wildcard is one to 64 letters, digits, `.`, `_` or `-`. What stands after it is none of these, so
no text can be read in two ways; and which key or hash is used is never read from it.
"""

import re

from hookmw.errors import ConfigError

__all__ = ["Form", "forms", "read"]

MARK = "{signature}"
WILD = r"[A-Za-z0-9._-]{1,64}"


class Form:
    """One way to write a signature.

    Args:
        written: with `{signature}` in it.

    Raises:
        ConfigError: it has none, or a wildcard that could be read in two ways.
    """

    __slots__ = ("_pattern", "after", "before", "written")

    def __init__(self, written: str) -> None:
        before, found, after = written.partition(MARK)
        if not found or MARK in after:
            raise ConfigError(f"form={written!r} must contain {MARK} once")
        if re.search(r"\*([\w.*-]|$)", before, re.ASCII) or "*" in after:
            raise ConfigError(f"form={written!r}: after `*` must come what cannot be part of it")
        self.written = written
        self.before, self.after = before.encode(), after.encode()
        self._pattern = re.compile(_pattern(before, after), re.DOTALL) if "*" in before else None

    def read(self, item: bytes) -> bytes | None:
        """The signature's text, or None where the item is not of this form."""
        if self._pattern is not None:
            match = self._pattern.fullmatch(item)
            return match[1] if match else None
        if not item.startswith(self.before) or not item.endswith(self.after):
            return None
        return item[len(self.before) : len(item) - len(self.after)]

    def write(self, signature: bytes) -> bytes:
        """The item that holds `signature`; a wildcard is written as `1`."""
        return self.before.replace(b"*", b"1") + signature + self.after


def forms(written: str) -> tuple[Form, ...]:
    """The alternatives, in their order.

    Raises:
        ConfigError: one of them is no form.
    """
    return tuple(Form(each) for each in written.split(" | "))


def read(alternatives: tuple[Form, ...], item: bytes) -> bytes | None:
    """The signature's text by the first alternative that the item is of; None if it is of none."""
    for form in alternatives:
        text = form.read(item)
        if text is not None:
            return text
    return None


def _pattern(before: str, after: str) -> bytes:
    literal = re.escape(before).replace(re.escape("*"), WILD)
    return f"{literal}(.*){re.escape(after)}".encode()
