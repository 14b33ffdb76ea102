"""Money that is counted exactly once, whatever crashes and however often. Run it with:

    STRIPE_WEBHOOK_SECRET=whsec_change-me uvicorn exactly_once:app

A handler may run twice where its process was killed between its work and the note that it was done.
One whose effects are in the inbox's own database need not fear that: it writes them in the
transaction in which the event is marked as handled, so both are there or neither.
"""

import os

from hookmw import Endpoint, Event, Hooks

TABLE = "CREATE TABLE IF NOT EXISTS balances (customer TEXT PRIMARY KEY, cents INTEGER NOT NULL)"

ADD = """
    INSERT INTO balances VALUES (?, ?)
    ON CONFLICT (customer) DO UPDATE SET cents = cents + excluded.cents
"""

stripe = Endpoint(
    "/stripe",
    "stripe",
    secrets=os.environ["STRIPE_WEBHOOK_SECRET"],
    order_by="body:data.object.customer",  # one customer's charges one after another
)


@stripe.on("charge.succeeded")
def book(event: Event) -> None:
    charge = event.payload["data"]["object"]
    with event.transaction() as db:
        db.execute(TABLE)
        db.execute(ADD, (charge["customer"], charge["amount"]))


app = Hooks([stripe], inbox=os.environ.get("HOOKMW_INBOX", "sqlite:///hooks.db"))
