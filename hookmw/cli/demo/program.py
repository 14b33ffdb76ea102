"""The program of the demo: an ordinary receiver, as a user would write it.

It is served by a real uvicorn, over a real SQLite file, in a process of its own.
"""

import os
from typing import Any

import anyio

from hookmw import Discard, Endpoint, Event, Hooks, Retry

SECRET = os.environ["HOOKMW_DEMO_SECRET"]
VERIFY_TOKEN = os.environ["HOOKMW_DEMO_VERIFY_TOKEN"]

github = Endpoint("/github", "github", secrets=SECRET)
stripe = Endpoint("/stripe", "stripe", secrets=SECRET)
slack = Endpoint("/slack", "slack", secrets=SECRET)
shopify = Endpoint("/shopify", "shopify", secrets=SECRET)
telegram = Endpoint("/telegram", "telegram", secrets=SECRET)
whatsapp = Endpoint("/whatsapp", "whatsapp", secrets=SECRET, verify_token=VERIFY_TOKEN)
x = Endpoint("/x", "x", secrets=SECRET)


@github.on("push", name="deploy")
async def deploy(_: Event[Any]) -> None:
    """Succeeds at once."""
    await anyio.sleep(0.05)


@github.on("*", name="audit")
def audit(_: Event[Any]) -> None:
    """A second handler of the same event, sync: runs in a thread."""


@stripe.on("invoice.paid", name="book", retry=Retry(5, base=0.5))
async def book(event: Event[Any]) -> None:
    """Fails the first time, as if the ledger were down."""
    if event.attempt == 1:
        raise ConnectionError("the ledger does not answer")


@slack.on("app_mention", name="greet")
async def greet(_: Event[Any]) -> None:
    """Succeeds at once."""


@telegram.on("message", name="moderate")
async def moderate(_: Event[Any]) -> None:
    """Knows that it will never succeed: the event becomes a dead letter."""
    raise Discard("this chat is closed")


@shopify.on("orders/create", name="ship")
async def ship(event: Event[Any]) -> None:
    """Takes so long the first time that the process is killed in the middle."""
    if event.attempt == 1:
        await anyio.sleep(60)


app = Hooks(
    [github, stripe, slack, shopify, telegram, whatsapp, x],
    inbox=os.environ["HOOKMW_DEMO_INBOX"],
)
