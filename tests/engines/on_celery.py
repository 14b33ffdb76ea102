"""celery -A tests.engines.on_celery.celery_app worker; its environment says the rest."""

import os

from celery import Celery

from hookmw.engines import CeleryEngine
from tests.engines.shop import AGAIN, QUEUE, URL, hooks_on

celery_app = Celery("program", broker=URL)
celery_app.conf.update(
    task_default_queue=QUEUE,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    task_time_limit=float(os.environ.get("TIME_LIMIT", "0")) or None,
    task_soft_time_limit=float(os.environ.get("SOFT_TIME_LIMIT", "0")) or None,
)
hooks = hooks_on(CeleryEngine(celery_app, again=AGAIN))
