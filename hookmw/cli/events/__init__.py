"""`hookmw events`: what is in an inbox, and running it again.

| file | holds |
|---|---|
| `listing.py`, `show.py` | looking: `list`, `show` |
| `replay.py`, `dismiss.py`, `prune.py` | deciding what becomes of events |
| `moving.py` | `export` and `import` |
| `quarantine.py` | what was refused and kept apart: `quarantine`, `reverify` |
| `opening.py` | the inbox that they look into, and the event that an id names |
| `choice.py`, `asking.py` | the options that choose events; asking before it is done |
| `hiding.py` | what of an event is never shown |
"""

from hookmw.cli.events.commands import app

__all__ = ["app"]
