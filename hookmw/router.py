"""Which handlers an event has.

Patterns: `invoice.paid` is that type alone; `invoice.*` is `invoice` and all below it, `orders/*`
all that begins so; `*` is every event, also one that has no type.
"""

import inspect
import typing
from collections.abc import Callable, Iterable
from dataclasses import KW_ONLY, dataclass
from functools import partial
from typing import Any, TypeVar

from hookmw.errors import ConfigError
from hookmw.event import Event
from hookmw.retry import Retry

__all__ = ["Handler", "HandlerFunction", "Router", "checked_pattern", "distinct", "matches"]

HandlerFunction = Callable[..., Any]
F = TypeVar("F", bound=HandlerFunction)


@dataclass(frozen=True, slots=True)
class Handler:
    """A function that handles events.

    Attributes:
        function: takes the event; sync or async.
        name: by which its success is remembered: stable over deploys, unique among the handlers.
        retry: when to try it again.
        timeout: seconds that one run may take.
        payload_type: what the payload is decoded into; from the annotation `Event[T]`.
    """

    function: HandlerFunction
    _: KW_ONLY
    name: str
    retry: Retry
    timeout: float
    payload_type: Any = Any

    @property
    def is_async(self) -> bool:
        """Whether calling it gives an awaitable."""
        function = self.function
        call = getattr(function, "__call__", None)  # noqa: B004 - an object with an async __call__
        return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(call)


class Router:
    """Patterns and their handlers, in the order in which they were written.

    Args:
        retry: for handlers that name none.
        timeout: seconds, likewise.
    """

    def __init__(self, *, retry: Retry | None = None, timeout: float = 60.0) -> None:
        self.retry = retry or Retry()
        self.timeout = _positive(timeout, "timeout")
        self._routes: list[tuple[str, Handler]] = []
        self._handlers: dict[str, Handler] = {}

    def on(
        self,
        pattern: str,
        *,
        retry: Retry | None = None,
        timeout: float | None = None,
        name: str | None = None,
    ) -> Callable[[F], F]:
        """Decorate a handler of the events that `pattern` matches.

        Args:
            pattern: see the head of this module.
            retry: when to try it again.
            timeout: seconds that one run may take.
            name: stable name; `module.function` if None.

        Raises:
            ConfigError: the pattern is not one, another handler has the same name, or the function
                cannot be a handler.
        """
        checked_pattern(pattern)

        def register(function: F) -> F:
            _check_runs(function)
            handler = Handler(
                function,
                name=name or _name_of(function),
                retry=retry or self.retry,
                timeout=self.timeout if timeout is None else _positive(timeout, "timeout"),
                payload_type=_payload_type(function),
            )
            self._add(pattern, handler)
            return function

        return register

    def _add(self, pattern: str, handler: Handler) -> None:
        distinct([*self._handlers.values(), handler])
        self._handlers.setdefault(handler.name, handler)
        self._routes.append((pattern, handler))

    def match(self, type_: str) -> list[Handler]:
        """The handlers of an event of that type, each once."""
        return distinct(handler for pattern, handler in self._routes if matches(pattern, type_))

    @property
    def handlers(self) -> list[Handler]:
        """All handlers."""
        return list(self._handlers.values())


def distinct(handlers: Iterable[Handler]) -> list[Handler]:
    """Each handler once, with the settings that it was first given.

    Raises:
        ConfigError: two functions have one name, so that one would count for the other.
    """
    found: dict[str, Handler] = {}
    for handler in handlers:
        known = found.setdefault(handler.name, handler)
        if known.function != handler.function:  # not `is not`: each look at a method makes one
            raise ConfigError(
                f"two handlers are named {handler.name!r}: pass name= to tell them apart"
            )
    return list(found.values())


def matches(pattern: str, type_: str) -> bool:
    """Whether an event of that type is meant; only the pattern's own `*` is a wildcard."""
    if pattern.endswith("*"):
        stem = pattern[:-1]
        return type_.startswith(stem) or (stem.endswith(".") and type_ == stem[:-1])
    return bool(type_) and type_ == pattern


def checked_patterns(events: Iterable[str] | None) -> tuple[str, ...]:
    """The patterns of the events that an endpoint keeps; none for all.

    Raises:
        ConfigError: there are none in it, or one can match nothing.
    """
    if isinstance(events, str):
        raise ConfigError("events must be a list of patterns, not one text")
    patterns = tuple(events or ())
    if events is not None and not patterns:
        raise ConfigError("events is empty, which would drop everything: leave it out")
    return tuple(map(checked_pattern, patterns))


def checked_pattern(pattern: str) -> str:
    """The pattern itself.

    Raises:
        ConfigError: it is none.
    """
    if not isinstance(pattern, str) or not pattern or "*" in pattern[:-1]:
        raise ConfigError(f"pattern {pattern!r}: write an exact type, `prefix.*`, or `*`")
    return pattern


def _name_of(function: HandlerFunction) -> str:
    qualname = getattr(function, "__qualname__", "")
    if not qualname or "<lambda>" in qualname:
        raise ConfigError("a handler without a name of its own needs name=, stable over deploys")
    return f"{function.__module__}.{qualname.replace('<locals>.', '')}"


def _check_runs(function: HandlerFunction) -> None:
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        raise ConfigError(f"{function!r} yields, so a call would not run it: let it return")


def _event_parameter(function: HandlerFunction) -> inspect.Parameter | None:
    """The one that the event is passed as; None if Python cannot say (some built-ins)."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return None
    try:
        signature.bind(None)
    except TypeError as error:
        raise ConfigError(f"{function!r} must take the event alone: {error}") from None
    return next(iter(signature.parameters.values()))


def _payload_type(function: HandlerFunction) -> Any:
    parameter = _event_parameter(function)
    if parameter is None or "Event[" not in str(parameter.annotation):
        return Any
    annotation = _resolved(function, parameter.annotation)
    return typing.get_args(annotation)[0] if typing.get_origin(annotation) is Event else Any


def _resolved(function: HandlerFunction, annotation: Any) -> Any:
    def event(event: Any) -> None: ...

    event.__annotations__ = {"event": annotation}
    try:
        return typing.get_type_hints(event, _names_of(function))["event"]
    except Exception:
        raise ConfigError(
            f"cannot resolve the annotation {annotation!r} of {function!r}:"
            " its names must be imported at run time"
        ) from None


def _names_of(function: HandlerFunction) -> dict[str, Any]:
    """What the module knows in which the function was written."""
    while isinstance(function, partial):
        function = function.func
    function = inspect.unwrap(function)
    if not hasattr(function, "__globals__"):
        function = type(function).__call__
    return getattr(function, "__globals__", {})


def _positive(seconds: float, what: str) -> float:
    if not seconds > 0:
        raise ConfigError(f"{what} must be more than 0 seconds")
    return seconds
