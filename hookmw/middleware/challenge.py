"""Answers the provider's handshakes."""

from collections.abc import Awaitable, Callable, Sequence

import anyio
from starlette.types import ASGIApp

from hookmw.challenge import Challenge
from hookmw.delivery import Delivery
from hookmw.errors import BadSignature, ChallengeRefused, ConfigError, Rejected
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
    "is_unproved",
    "unanswered",
]

Registering = bool | Callable[[Delivery], Awaitable[bool]]
"""Whether a registration is pending, or an async function of the delivery that knows."""

OnSecret = Callable[[Delivery, str], Awaitable[None]]
"""An async function that is given the secret of a registration, and keeps it; the provider is told
that it was taken only after the function has returned."""


class Registration:
    """What becomes of a secret that comes over the hook: refused, unless it is awaited.

    None overwrites another: `pending=True` awaits one secret and no second, and a function is asked
    again for each, never while another secret is on its way to `on_secret`. Two processes share no
    memory, so where there are several, `on_secret` must insert and never replace.

    Args:
        pending: whether a secret is awaited.
        on_secret: is given it, before the provider gets its answer; nothing here keeps it. It may
            raise `ChallengeRefused` for one that it does not want; whatever else it raises is a
            500, and the provider, who got no answer, drops its secret as well.

    Raises:
        ConfigError: it is awaited, and nobody is there to take it.
    """

    def __init__(self, *, pending: Registering = False, on_secret: OnSecret | None = None) -> None:
        if pending and on_secret is None:
            raise ConfigError("registering= awaits a secret: say with on_secret= who takes it")
        self.pending = pending
        self.on_secret = on_secret
        self._one_by_one = anyio.Lock()

    async def take(self, delivery: Delivery, secret: str) -> None:
        """Hand it on.

        Raises:
            ChallengeRefused: it is not awaited, or not any more.
            RuntimeError: `on_secret` failed.
        """
        if self.on_secret is None or not self.pending:
            raise _not_pending()
        async with self._one_by_one:
            if not await self._is_awaited(delivery):
                raise _not_pending()
            await self._hand_on(self.on_secret, delivery, secret)
            if not callable(self.pending):
                self.pending = False

    async def _is_awaited(self, delivery: Delivery) -> bool:
        return await self.pending(delivery) if callable(self.pending) else self.pending

    async def _hand_on(self, on_secret: OnSecret, delivery: Delivery, secret: str) -> None:
        try:
            await on_secret(delivery, secret)
        except Rejected:
            raise
        except Exception as error:
            # The frames go to the log, but not the message, which a database fills with values.
            failed = RuntimeError(f"on_secret= failed with {type(error).__name__}")
            raise failed.with_traceback(error.__traceback__) from None


def _not_pending() -> ChallengeRefused:
    return ChallengeRefused(
        "a secret came over the hook, and no registration is pending: pass registering="
        " and on_secret= to the endpoint while you register, and only then",
        code="registration_not_pending",
    )


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
        if self.verify_token is not None and any(each.shows_verify_token for each in challenges):
            _refuse_shared(self.verify_token, secrets)
        self.registration = registration or Registration()

    async def __call__(self, delivery: Delivery) -> Reply | None:
        """Answer, pass, or raise `Malformed`, `ChallengeRefused` or `BadSignature`."""
        if not is_unproved(delivery):
            return await self._answered(delivery)
        # Nobody has signed the envelope: if answers differed, they would tell what is in it.
        try:
            reply = await self._answered(delivery)
        except Rejected as error:
            raise BadSignature(error.reason, code=error.code) from None
        if reply is None:
            raise unanswered()
        return reply

    async def _answered(self, delivery: Delivery) -> Reply | None:
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
        secrets = await self.secrets_for(delivery) if self.secrets_for is not None else None
        reply = challenge.answer(delivery, secrets, self.verify_token)
        if challenge.registers:
            await self.registration.take(delivery, challenge.read_token(delivery))
        return reply


def is_unproved(delivery: Delivery) -> bool:
    """Whether it came in an envelope that nobody has signed: it may be a handshake, and no more."""
    return delivery.opened and delivery.proof is None


def unanswered() -> BadSignature:
    """The refusal of such a one that is no handshake of this endpoint."""
    return BadSignature("a handshake that is none of this endpoint's", code="unverified")


def _refuse_shared(verify_token: Secrets, secrets: SecretSource | None) -> None:
    fixed = () if secrets is None or callable(secrets) else Secrets.of(secrets)
    if {*verify_token} & {*fixed}:
        raise ConfigError(
            "verify_token= is one of secrets=, and this provider's handshake shows it to whoever"
            " asks: choose another"
        )


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
