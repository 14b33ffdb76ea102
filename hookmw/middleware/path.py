"""The path of an endpoint, which may hold parameters: `/shopify/{tenant}`."""

from collections.abc import Mapping

from starlette.routing import compile_path

from hookmw.errors import ConfigError

__all__ = ["PathTemplate"]


class PathTemplate:
    """A path to be matched.

    Attributes:
        text: as it was written, without a slash at the end.
        is_fixed: whether it has no parameters.

    Raises:
        ConfigError: it is not written as one.
    """

    def __init__(self, text: str) -> None:
        self.text = _checked(text)
        try:
            self._pattern, _, parameters = compile_path(self.text)
        except (AssertionError, LookupError, ValueError) as error:
            raise ConfigError(f"endpoint path {text!r}: {error}") from None
        if not len(parameters) == text.count("{") == text.count("}"):
            raise ConfigError(f"endpoint path {text!r}: write a parameter as {{name}}")
        self.is_fixed = not parameters

    def match(self, path: str) -> Mapping[str, str] | None:
        """The parameters if that is the path, else None; one slash at its end is overlooked."""
        found = self._pattern.match(path.removesuffix("/") or "/")
        return None if found is None else found.groupdict()


def _checked(text: str) -> str:
    if not isinstance(text, str) or not text.startswith("/"):
        raise ConfigError(f"endpoint path {text!r} must begin with a slash")
    if "?" in text or "#" in text:
        raise ConfigError(f"endpoint path {text!r} must end before the query: leave that out")
    return text.rstrip("/") or "/"
