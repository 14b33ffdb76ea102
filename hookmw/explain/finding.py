"""What an analysis says: findings, each with its remedy."""

from dataclasses import dataclass

__all__ = ["Explanation", "Finding"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is known about a refused delivery.

    It holds no secret, no signature and nothing of the body: safe to log.

    Attributes:
        code: stable name, for logs and metrics.
        sentence: what was found.
        remedy: what to do about it, in one sentence.
    """

    code: str
    sentence: str
    remedy: str

    def __str__(self) -> str:
        """All three on one line."""
        return f"{self.code}: {self.sentence} {self.remedy}"


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a delivery is refused, or that it is not.

    Attributes:
        verified: whether the delivery is genuine and fresh.
        findings: that it is a handshake, then the plain reading, then what the probes found; empty
            if it verifies.
    """

    verified: bool
    findings: tuple[Finding, ...] = ()

    @property
    def handshake(self) -> Finding | None:
        """The finding that the delivery is a handshake, if it is one."""
        first = self.findings[0] if self.findings else None
        return first if first is not None and first.code.startswith("handshake_") else None

    @property
    def cause(self) -> Finding | None:
        """The finding that says most: the last one."""
        return self.findings[-1] if self.findings else None
