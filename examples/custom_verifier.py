"""A verifier of your own, and one secret for each tenant.

Run it with `uvicorn custom_verifier:app`.
"""

import hmac

from hookmw import BadSignature, Delivery, Endpoint, Event, Hooks, Provider, Secrets

TENANTS = {"acme": "acme-secret-1", "globex": "globex-secret-1"}


class ReversedHex:
    """An odd scheme that no row can say: the hex digits of the MAC, last one first."""

    def verify(self, delivery: Delivery, secrets: Secrets) -> None:
        given = (delivery.header(b"x-odd-signature") or "").encode("latin-1")
        for secret in secrets:
            mac = hmac.digest(secret, delivery.body, "sha256").hex()[::-1].encode()
            if hmac.compare_digest(given, mac):
                return
        raise BadSignature("no match")


async def secret_of_tenant(delivery: Delivery) -> str:
    return TENANTS[delivery.path_params["tenant"]]  # a KeyError is an unknown tenant: 401


odd = Endpoint("/odd/{tenant}", Provider("odd", scheme=ReversedHex()), secrets=secret_of_tenant)


@odd.on("*")
async def handle(event: Event) -> None:
    print(event.path_params["tenant"], event.type, event.payload)


app = Hooks([odd])
