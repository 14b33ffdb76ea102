"""How providers sign: `Scheme` is a row, the other files here are what a row is made of.

| file | holds |
|---|---|
| `row.py` | `Scheme`: what a row says; verify and sign |
| `mechanism.py` | a row taken apart once: reading a claim, matching, freshness, signing |
| `content.py` | the signed bytes as a template |
| `algorithms.py`, `encodings.py`, `timestamps.py` | the names a row may use |
| `draft.py` | the request that signing writes into |
"""

from hookmw.scheme.draft import Draft
from hookmw.scheme.row import Scheme

__all__ = ["Draft", "Scheme"]
