"""`hookmw events`: what is in an inbox, and running it again.

| file | holds |
|---|---|
| `listing.py`, `show.py`, `replay.py` | the commands |
| `opening.py` | the inbox that they look into, and the event that an id names |
| `choice.py` | the options that choose events |
| `hiding.py` | what of an event is never shown |
"""

from hookmw.cli.events.commands import app

__all__ = ["app"]
