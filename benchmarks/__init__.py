"""What hookmw costs, beside a bare ASGI app and an endpoint written by hand.

    uv run python -m benchmarks            # whole apps under load, about 80 s
    uv run python -m benchmarks micro      # single pieces and the import, about 15 s

| file | holds |
|---|---|
| `apps.py` | the apps that are compared |
| `pool.py` | signed deliveries, no two alike, in a file |
| `serve.py`, `server.py` | one app in its own uvicorn process, from inside and outside |
| `load.py` | the load generators: wrk with `deliveries.lua`, else `raw_load.py` |
| `rounds.py` | apps in turn, round after round |
| `report.py` | the table |
| `micro.py`, `paired.py` | single pieces, timed in turn |
"""
