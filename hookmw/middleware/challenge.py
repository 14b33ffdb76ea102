"""Answers the provider's handshakes."""

from collections.abc import Awaitable, Callable, Sequence

from starlette.types import ASGIApp

from hookmw.challenge import Challenge
from hookmw.delivery import Delivery
from hookmw.errors import BadSignature, ChallengeRefused, ConfigError
from hookmw.event import Reply
from hookmw.middleware.raw_body import BodyStageShell
from hookmw.middleware.secrets import SecretFinder, SecretSource
from hookmw.secret import SecretInput, Secrets

__all__ = [
    "ChallengeMiddleware",
    "Challenges",
    "NoOracle",
    "OnSecret",
    "Registering",
    "Registration",
]

Registering = bool | Callable[[Delivery], Awaitable[bool]]
"""Whether a registration is pending, or an async function of the delivery that knows."""

OnSecret = Callable[[Delivery, str], Awaitable[None]]
"""An async function that is given the secret of a registration; what it does with it is its own."""


class Registration:
    """What becomes of a secret that comes over the hook: refused, unless it is awaited.

    Args:
        pending: whether it is awaited.
        on_secret: is given it, before the provider gets its answer; nothing here keeps it.

    Raises:
        ConfigError: it is awaited, and nobody is there to take it.
    """

    def __init__(self, *, pending: Registering = False, on_secret: OnSecret | None = None) -> None:
        if pending and on_secret is None:
            raise ConfigError("registering= awaits a secret: say with on_secret= who takes it")
        self.pending = pending
        self.on_secret = on_secret

    async def take(self, delivery: Delivery, secret: str) -> None:
        """Hand it on, or raise `ChallengeRefused`."""
        awaited = await self.pending(delivery) if callable(self.pending) else self.pending
        if not awaited or self.on_secret is None:
            raise ChallengeRefused(
                "a secret came over the hook, and no registration is pending: pass registering="
                " and on_secret= to the endpoint while you register, and only then",
                code="registration_not_pending",
            )
        await self.on_secret(delivery, secret)


class Challenges:
    """Answers handshakes; whatever is none passes.

    Args:
        challenges: rows; those that are signed are answered only after a verification.
        secrets: for answers that are signed.
        verify_token: what we told the provider, for rows with a guard.
        registration: for rows whose token is a secret; none is pending if None.
    """

    def __init__(
        self,
        challenges: Sequence[Challenge],
        secrets: SecretSource | None = None,
        verify_token: SecretInput | Secrets | None = None,
        registration: Registration | None = None,
    ) -> None:
        self.challenges = tuple(challenges)
        signing = any(challenge.signs for challenge in challenges)
        self.secrets_for = SecretFinder(secrets) if signing else None
        self.verify_token = (
            None if verify_token is None else Secrets.of(verify_token, name="verify_token")
        )
        self.registration = registration or Registration()

    async def __call__(self, delivery: Delivery) -> Reply | None:
        """Answer, pass, or raise `Malformed` or `ChallengeRefused`."""
        for challenge in self.challenges:
            if challenge.signed and delivery.proof is None:
                continue
            if not challenge.may_be_asked_by(delivery):
                continue
            if challenge.in_body:
                await delivery.read()
            if challenge.asked_by(delivery):
                return await self._answer(challenge, delivery)
        return None

    async def _answer(self, challenge: Challenge, delivery: Delivery) -> Reply:
        if challenge.registers:
            await self.registration.take(delivery, challenge.read_token(delivery))
        secrets = await self.secrets_for(delivery) if self.secrets_for is not None else None
        return challenge.answer(delivery, secrets, self.verify_token)


class NoOracle:
    """Refuses what is signed rightly, but by ourselves: as the answer to a stranger's handshake.

    Args:
        challenges: those whose answers are signed count.
    """

    def __init__(self, challenges: Sequence[Challenge]) -> None:
        self.challenges = tuple(each for each in challenges if each.signs)

    async def __call__(self, delivery: Delivery) -> None:
        """Pass, or raise `BadSignature`."""
        if delivery.proof is None:
            return
        content = delivery.proof.content
        if any(each.could_sign(content) for each in self.challenges):
            raise BadSignature(
                "the signed content is a handshake's token: anybody can have that signed",
                code="signature_of_challenge",
            )


class ChallengeMiddleware(BodyStageShell):
    """Answers the provider's handshakes; everything else goes on to the app.

    Args:
        app: the next app.
        challenges: rows, such as `hookmw.catalog.provider("slack").challenges`; those that are
            signed are answered only inside of a `SignatureMiddleware`.
        secrets: for answers that are signed (X, Zoom).
        verify_token: what we told the provider, for handshakes with one (Meta).
        registering: whether a secret that comes over the hook (Asana, Notion) is welcome now.
        on_secret: is given it.
    """

    def __init__(
        self,
        app: ASGIApp,
        challenges: Sequence[Challenge],
        secrets: SecretSource | None = None,
        verify_token: SecretInput | Secrets | None = None,
        *,
        registering: Registering = False,
        on_secret: OnSecret | None = None,
    ) -> None:
        registration = Registration(pending=registering, on_secret=on_secret)
        super().__init__(app, Challenges(challenges, secrets, verify_token, registration))
