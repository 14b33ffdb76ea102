"""A delivery, a scheme and secrets to try together; and how much trying is allowed."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from hookmw.delivery import Delivery
from hookmw.explain.finding import Finding
from hookmw.explain.running import finish
from hookmw.secret import Secrets

__all__ = ["MAX_BODY", "Budget", "Case", "Guesses", "Trial", "copy_of", "first_cause"]

MAX_BODY = 1 << 20
"""Bytes; a larger body is not rewritten."""

MAX_MACS = 512
MAX_BYTES = 128 << 20
MAX_TRIALS = 1000


class Guesses(Secrets):
    """Secrets that nobody configured: not checked, so that white space can be tried too."""

    __slots__ = ()

    def __init__(self, values: Iterable[bytes]) -> None:
        self._values = tuple(value for value in values if value)
        self._keys = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What is tried.

    Attributes:
        delivery: its body has been read.
        scheme: a `Scheme`, with a tolerance that nothing exceeds; or another verifier, for the
            guesses that fit them all.
        secrets: at least one.
    """

    delivery: Delivery
    scheme: Any
    secrets: Secrets

    def read_as(self, **changes: Any) -> "Case":
        """The same, by another row of the scheme.

        Raises:
            ConfigError: there can be no such row.
        """
        return replace(self, scheme=replace(self.scheme, **changes))

    def sent_as(self, **changes: Any) -> "Case":
        """The same, as if other parts had come."""
        return replace(self, delivery=copy_of(self.delivery, **changes))

    def keyed_by(self, secret: bytes, key: str | None = None) -> "Case":
        """The same under another secret, and with another way to make a key of it."""
        guess = replace(self, secrets=Guesses([secret]))
        return guess if key is None else guess.read_as(key=key)


@dataclass(frozen=True, slots=True)
class Trial:
    """A guess: if what `make` gives verifies, the finding is true.

    Attributes:
        finding: what is known then.
        make: the case; may raise, which means that the guess makes no sense here.
    """

    finding: Finding
    make: Callable[[], Case]


class Budget:
    """How much may be tried in one analysis.

    Args:
        macs: signatures that are computed.
        size: bytes that are signed, over all of them.
        trials: guesses, also those that come to no signature.
        body: bytes; a larger body is not rewritten.
    """

    __slots__ = ("body", "macs", "size", "trials")

    def __init__(
        self,
        macs: int = MAX_MACS,
        size: int = MAX_BYTES,
        *,
        trials: int = MAX_TRIALS,
        body: int = MAX_BODY,
    ) -> None:
        self.macs = macs
        self.size = size
        self.trials = trials
        self.body = body

    def looks(self) -> bool:
        """Whether one guess more may be looked at; it is then counted."""
        self.trials -= 1
        return self.trials >= 0

    def allows(self, case: Case) -> bool:
        """Whether the case may be tried; it is then counted."""
        count = len(case.secrets)
        self.macs -= count
        self.size -= count * len(case.delivery.body)
        return self.macs >= 0 and self.size >= 0


def first_cause(trials: Iterator[Trial], budget: Budget) -> Finding | None:
    """The finding of the first guess that verifies, or None."""
    for trial in trials:
        if not budget.looks():
            return None
        case = _made(trial)
        if case is None:
            continue
        if not budget.allows(case):
            return None
        if _verifies(case):
            return trial.finding
    return None


def copy_of(delivery: Delivery, **changes: Any) -> Delivery:
    """A delivery of the same parts, but for some."""
    parts: dict[str, Any] = {
        "method": delivery.method,
        "path": delivery.path,
        "headers": delivery.headers,
        "received_at": delivery.received_at,
        "query_string": delivery.query_string,
        "path_params": delivery.path_params,
        "peer": delivery.peer,
        "body": delivery.body,
        "public_url": delivery.public_url,
        "envelope": delivery.envelope,
    }
    return Delivery(**{**parts, **changes})


def _made(trial: Trial) -> Case | None:
    """The case of a guess, if there can be one whose signature is worth computing."""
    try:
        case = trial.make()
        precheck = getattr(case.scheme, "precheck", None)
        if precheck is not None:
            precheck(case.delivery)
    except Exception:  # a guess that makes no sense is a wrong guess, whatever stumbles over it
        return None
    return case


def _verifies(case: Case) -> bool:
    try:
        finish(case.scheme.verify(case.delivery, case.secrets))
    except Exception:  # as above; algorithms may be anybody's
        return False
    return True
