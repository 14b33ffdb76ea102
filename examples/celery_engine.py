"""Handlers in Celery's workers: the inbox keeps the events, the broker is only a bell.

Run a receiver and a worker, which must find the same inbox:

    uvicorn celery_engine:app
    celery -A celery_engine.celery_app worker --concurrency 4

Empty the broker, kill the worker, send everything twice: each invoice is shipped once.
"""

import os

from celery import Celery

from hookmw import Endpoint, Event, Hooks
from hookmw.engines import CeleryEngine

celery_app = Celery("shop", broker=os.environ.get("BROKER_URL", "redis://127.0.0.1:6379/0"))

stripe = Endpoint("/stripe", "stripe", secrets=os.environ["STRIPE_WEBHOOK_SECRET"])


@stripe.on("invoice.paid")
def ship(event: Event) -> None:
    print(f"shipping {event.payload['data']['object']['id']}")


app = Hooks([stripe], inbox="sqlite:///hooks.db", engine=CeleryEngine(celery_app))
