"""Only what its sender has signed."""

import inspect
from collections.abc import Callable

from starlette.types import ASGIApp

from hookmw.delivery import Delivery, Proof
from hookmw.errors import ConfigError
from hookmw.fetch import with_fetcher
from hookmw.middleware.opened import OpenedExchange
from hookmw.middleware.raw_body import BodyStageShell
from hookmw.middleware.secrets import SecretFinder, SecretSource
from hookmw.secret import Secrets
from hookmw.verifiers import Verifier

__all__ = ["Signature", "SignatureMiddleware", "VerifierMisuse"]

_NOTHING = Secrets("none is asked for")


class VerifierMisuse(TypeError):
    """A verifier returned something instead of raising or returning None."""


class Signature:
    """Verifies: headers first, then the body, then the secrets, then the signature.

    Where the body is an envelope it is opened, but only once its signature is right: from then on
    `delivery.body` is what was in it. A handshake in an envelope that nobody signed passes without
    a proof: it may be answered, and whoever wants more than that refuses it.

    Args:
        verifier: see `hookmw.verifiers.Verifier`.
        secrets: for it; None only where it needs none (`Unverified`, published keys).

    Raises:
        ConfigError: secrets are missing, empty, or not in the verifier's form.
    """

    def __init__(self, verifier: Verifier, secrets: SecretSource | None) -> None:
        if not callable(getattr(verifier, "verify", None)):
            raise ConfigError(f"{verifier!r} is no verifier: it has no method verify")
        if secrets is None and not getattr(verifier, "needs_secrets", True):
            secrets = _NOTHING
        verifier = with_fetcher(verifier)
        self.verifier = verifier
        self.secrets_for = SecretFinder(secrets, getattr(verifier, "check_secrets", None))
        self._verify: Callable[[Delivery, Secrets], object] = verifier.verify
        self._precheck = getattr(verifier, "precheck", None)
        self._open = getattr(verifier, "open", None)
        self._seal = getattr(verifier, "seal", None)
        self._unsigned = getattr(verifier, "unsigned", None)
        self._signed_content = getattr(verifier, "signed_content", None)

    async def __call__(self, delivery: Delivery) -> None:
        """Pass with `delivery.proof` set, unsigned handshakes without, or raise `BadSignature`."""
        if self._precheck is not None:
            self._precheck(delivery)
        await delivery.read()
        secrets = await self.secrets_for(delivery)
        handshake = None if self._unsigned is None else self._unsigned(delivery, secrets)
        if handshake is not None:
            delivery.open(handshake)
            delivery.proof = None
            return
        await self._judge(delivery, secrets)
        ack = None if self._seal is None else self._seal(delivery, secrets)
        if self._open is not None:
            delivery.open(self._open(delivery, secrets))
        content = self._signed_content
        delivery.proof = Proof(delivery.body if content is None else content(delivery), ack)

    async def _judge(self, delivery: Delivery, secrets: Secrets) -> None:
        verdict = self._verify(delivery, secrets)
        if inspect.isawaitable(verdict):
            verdict = await verdict
        if verdict is not None:
            raise VerifierMisuse(
                f"{type(self.verifier).__name__}.verify returned {type(verdict).__name__}:"
                " it must return None, or raise BadSignature"
            )


class SignatureMiddleware(BodyStageShell):
    """Answers 401 to whatever the verifier does not accept.

    Args:
        app: the next app; it sees only what was verified: where the body was an envelope, what was
            in it; and where the provider wants its acknowledgement sealed or signed, that is what
            goes out whenever the app answers 2xx. A handshake in an envelope that nobody signed
            goes to no app but a `ChallengeMiddleware`, which must be the very next.
        verifier: a `Scheme`, or anything with `verify(delivery, secrets)`.
        secrets: one, several (newest first), or an async function of the delivery.

    Raises:
        ConfigError: secrets are missing, empty, or not in the verifier's form.
    """

    def __init__(
        self, app: ASGIApp, verifier: Verifier, secrets: SecretSource | None = None
    ) -> None:
        super().__init__(OpenedExchange(app), Signature(verifier, secrets))
