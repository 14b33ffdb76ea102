"""Whether a delivery is a handshake: then what its sender sees is that the URL did not answer."""

from hookmw.challenge import Challenge
from hookmw.delivery import Delivery
from hookmw.errors import ConfigError, Rejected
from hookmw.explain.finding import Finding
from hookmw.provider import Provider

__all__ = ["handshake_reading"]

_REGISTER = "Pass registering= and on_secret= to the endpoint while you register."
_TELL = "Pass verify_token= to the endpoint: the very text that the provider was told, or shows."
_ASK = "Send it to an endpoint of this provider, and read the log if the answer is no 2xx."
_TOKEN = "Let the provider ask: no provider sends such a text."  # noqa: S105 - a sentence


def handshake_reading(delivery: Delivery, provider: Provider) -> Finding | None:
    """What there is to say if it is a handshake; None if it is none.

    Args:
        delivery: its body must have been read.
        provider: of the endpoint that it came to.
    """
    asked = next((each for each in provider.challenges if _asks(each, delivery)), None)
    if asked is None:
        return None
    return _signed(provider.name) if asked.signed else _unsigned(asked, delivery, provider.name)


def _signed(name: str) -> Finding:
    sentence = (
        f"It is a handshake: {name} asks whether this URL is yours. It is answered only once its"
        f" signature is right, and until then {name} says that the URL did not answer as it must."
    )
    remedy = (
        "Give the endpoint the secret of the very app whose URL is being checked, mend what"
        f" follows, and let {name} check again."
    )
    return Finding("handshake_refused", sentence, remedy)


def _unsigned(asked: Challenge, delivery: Delivery, name: str) -> Finding:
    try:
        asked.read_token(delivery)
    except Rejected:
        sentence = f"It is a handshake of {name}, but what it wants to hear is not at {asked.token}"
        return Finding("handshake_malformed", f"{sentence}, or is no token.", _TOKEN)
    sentence = f"It is a handshake of {name}, which is answered before any signature is looked at."
    remedy = _REGISTER if asked.registers else _TELL if asked.needs_verify_token else _ASK
    return Finding("handshake_unsigned", sentence, remedy)


def _asks(challenge: Challenge, delivery: Delivery) -> bool:
    try:
        return challenge.asked_by(delivery)
    except (ConfigError, Rejected):  # a header that is there twice asks nothing
        return False
