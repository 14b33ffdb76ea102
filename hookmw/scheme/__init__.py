"""How providers sign: `Scheme` is a row, the other files here are what a row is made of.

| file | holds |
|---|---|
| `row.py` | `Scheme`: what a row says; verify and sign |
| `mechanism.py` | a row taken apart once: matching, freshness, signing |
| `claim.py`, `form.py` | what the sender says, place by place; how a signature is written |
| `content.py`, `parts.py` | the signed bytes as a template, and what stands in its braces |
| `bodies.py`, `fields.py`, `urls.py`, `filters.py` | the parts themselves |
| `algorithms.py`, `encodings.py`, `timestamps.py` | the names a row may use |
| `draft.py` | the request that signing writes into |
"""

from hookmw.scheme.draft import Draft
from hookmw.scheme.row import Scheme

__all__ = ["Draft", "Scheme"]
