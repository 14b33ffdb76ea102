"""hookmw inside FastAPI: mount it, and there is nothing else to remember.

Run it with `uvicorn fastapi_mount:app`; Stripe then delivers to /webhooks/stripe.
"""

import os
from dataclasses import dataclass

from fastapi import FastAPI

from hookmw import Endpoint, Event, Hooks, Retry


@dataclass
class Charge:
    id: str
    amount: int
    currency: str


@dataclass
class ChargeData:
    object: Charge


@dataclass
class StripeCharge:
    id: str
    data: ChargeData


stripe = Endpoint("/stripe", "stripe", secrets=os.environ["STRIPE_WEBHOOK_SECRET"])


@stripe.on("charge.succeeded", retry=Retry(attempts=12, base=2.0))
def book(event: Event[StripeCharge]) -> None:
    """Sync handlers run in threads; the payload is checked against the type."""
    charge = event.payload.data.object
    print(f"{charge.id}: {charge.amount / 100:.2f} {charge.currency}")


app = FastAPI()
app.mount("/webhooks", Hooks([stripe]))


@app.get("/")
def home() -> dict[str, str]:
    return {"hello": "world"}
