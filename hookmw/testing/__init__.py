"""For tests: sign as the providers do, post to an ASGI app without a socket, try out a verifier.

    async def test_welcome() -> None:
        async with WebhookClient(app) as client:
            answer = await client.post(
                "/github", "github", {"number": 1}, "s3cret", type="pull_request.opened"
            )
        assert answer.status == 200

| file | holds |
|---|---|
| `signing.py` | `sign` and the `SignedRequest` it makes |
| `handshake.py` | `handshake`, `handshakes`: how a provider asks, and what it wants to hear |
| `filling.py` | writing an id, a type or a nonce where a provider's row reads it |
| `request.py`, `writing.py` | a draft, and its body: JSON, a form, or JSON in a form |
| `client.py` | `WebhookClient` |
| `exchange.py`, `lifespan.py` | one request and one lifespan as an ASGI server would run them |
| `conformance.py` | `check_verifier`, for a verifier of your own |
"""

from hookmw.testing.client import WebhookClient
from hookmw.testing.conformance import check_verifier
from hookmw.testing.exchange import Response
from hookmw.testing.handshake import Handshake, handshake, handshakes
from hookmw.testing.signing import SignedRequest, sign

__all__ = [
    "Handshake",
    "Response",
    "SignedRequest",
    "WebhookClient",
    "check_verifier",
    "handshake",
    "handshakes",
    "sign",
]
