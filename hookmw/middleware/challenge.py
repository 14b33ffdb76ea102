"""Answers the provider's handshakes."""

from collections.abc import Sequence

from starlette.types import ASGIApp

from hookmw.challenge import Challenge
from hookmw.delivery import Delivery
from hookmw.event import Reply
from hookmw.middleware.raw_body import BodyStageShell
from hookmw.middleware.secrets import SecretFinder, SecretSource
from hookmw.secret import SecretInput, Secrets

__all__ = ["ChallengeMiddleware", "Challenges"]


class Challenges:
    """Answers handshakes; whatever is none passes.

    Args:
        challenges: rows; those that are signed are answered only after a verification.
        secrets: for answers that are signed.
        verify_token: what we told the provider, for rows with a guard.
    """

    def __init__(
        self,
        challenges: Sequence[Challenge],
        secrets: SecretSource | None = None,
        verify_token: SecretInput | Secrets | None = None,
    ) -> None:
        self.challenges = tuple(challenges)
        signing = any(challenge.signs for challenge in challenges)
        self.secrets_for = SecretFinder(secrets) if signing else None
        self.verify_token = (
            None if verify_token is None else Secrets.of(verify_token, name="verify_token")
        )

    async def __call__(self, delivery: Delivery) -> Reply | None:
        """Answer, pass, or raise `Malformed` or `ChallengeRefused`."""
        for challenge in self.challenges:
            if challenge.signed and delivery.proof is None:
                continue
            if challenge.method == delivery.method and challenge.in_body:
                await delivery.read()
            if challenge.asked_by(delivery):
                return await self._answer(challenge, delivery)
        return None

    async def _answer(self, challenge: Challenge, delivery: Delivery) -> Reply:
        secrets = await self.secrets_for(delivery) if self.secrets_for is not None else None
        return challenge.answer(delivery, secrets, self.verify_token)


class ChallengeMiddleware(BodyStageShell):
    """Answers the provider's handshakes; everything else goes on to the app.

    Args:
        app: the next app.
        challenges: rows, such as `hookmw.catalog.provider("slack").challenges`; those that are
            signed are answered only inside of a `SignatureMiddleware`.
        secrets: for answers that are signed (X, Zoom).
        verify_token: what we told the provider, for handshakes with one (Meta).
    """

    def __init__(
        self,
        app: ASGIApp,
        challenges: Sequence[Challenge],
        secrets: SecretSource | None = None,
        verify_token: SecretInput | Secrets | None = None,
    ) -> None:
        super().__init__(app, Challenges(challenges, secrets, verify_token))
