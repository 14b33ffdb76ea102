"""A body that may have been signed instead of the one that came."""

from collections.abc import Callable
from dataclasses import dataclass

from hookmw.explain.finding import Finding

__all__ = ["Rewrite"]


@dataclass(frozen=True, slots=True)
class Rewrite:
    """Another body.

    Attributes:
        finding: what is known if it is the one that was signed.
        make: its bytes; may raise, where there are none.
    """

    finding: Finding
    make: Callable[[], bytes]
