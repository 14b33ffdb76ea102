"""What `hookmw send --handshake` does: ask as the provider does, and judge the answer."""

from collections.abc import Sequence

import anyio
from rich.text import Text

from hookmw.catalog.handshakes import PINGS
from hookmw.cli.report import one
from hookmw.cli.terminal import out, plain
from hookmw.errors import ConfigError
from hookmw.provider import Provider
from hookmw.send import Sent, send
from hookmw.testing import Handshake, handshakes

__all__ = ["shake_hands"]


def shake_hands(
    provider: Provider, secret: str, verify_token: str | None, origin: str, path: str
) -> bool:
    """Ask all that the provider asks, one after the other, and print what is wrong.

    Args:
        provider: who asks.
        secret: as the provider shows it; may be empty where nothing is signed.
        verify_token: what the provider was told, or shows.
        origin: scheme, host and port of the receiver.
        path: of the endpoint, with its query.

    Returns:
        Whether the provider would be content with every answer.

    Raises:
        ConfigError: it asks for no handshake, or a secret is missing.
    """
    made = handshakes(provider, secret, verify_token=verify_token, path=path, public_url=origin)
    if not made:
        ping = PINGS.get(provider.name)
        instead = f", and send its event {ping}, by which it asks" if ping else ""
        raise ConfigError(f"{provider.name} asks for no handshake: leave --handshake out{instead}")
    contents = [_is_content(each, origin) for each in made]
    return all(contents)


def _is_content(asked: Handshake, origin: str) -> bool:
    (sent,) = anyio.run(_ask, asked, origin)
    faults = [] if sent.status is None else asked.faults(sent.status, sent.headers, sent.answer)
    line = Text(f"{asked.request.method}  ").append(one(sent))
    out().print(line, soft_wrap=True)
    for fault in faults:
        out().print(plain(f"   {fault}", "yellow", None), soft_wrap=True)
    return sent.status is not None and not faults


async def _ask(asked: Handshake, origin: str) -> Sequence[Sent]:
    return await send([asked.request], origin)
