"""Workers that people already run: `Hooks(..., engine=CeleryEngine(app))`.

put ──> inbox ──ring──> Ringer ──id──> broker ──id──> task ──claim(only=id)──> handlers ──settle──┐
          ^                                                                                       │
          └───────────────────────────────────────────────────────────────────────────────────────┘

The broker is a bell. What it loses is rung for again, what it doubles finds nothing to claim, what
it delays is not late; so it needs no persistence, and its own retries are not used.

| file | holds |
|---|---|
| `celery.py` | Celery: prefork, threads and solo pools |
| `background.py` | an event loop for workers that have none |
| `taskiq.py` | taskiq, in its own event loop |
"""

from hookmw.engines.celery import CeleryEngine
from hookmw.engines.taskiq import TaskiqEngine

__all__ = ["CeleryEngine", "TaskiqEngine"]
