"""What hookmw costs, beside a bare ASGI app and an endpoint written by hand.

    uv run python -m benchmarks            # whole apps under load, about 80 s
    uv run python -m benchmarks micro      # single pieces and the import, about 15 s
    uv run python -m benchmarks scale      # a large inbox, about 10 minutes and 6 GB of disk
    uv run python -m benchmarks scale --postgresql

| file | holds |
|---|---|
| `apps.py` | the apps that are compared |
| `pool.py` | signed deliveries, no two alike, in a file |
| `serve.py`, `server.py` | one app in its own uvicorn process, from inside and outside |
| `load.py` | the load generators: wrk with `deliveries.lua`, else `raw_load.py` |
| `rounds.py` | apps in turn, round after round |
| `report.py` | the table |
| `scale.py`, `first_ack.py`, `scale_app.py` | a large inbox: each event, and a server's start |
| `scale_postgres.py` | the same in a PostgreSQL server of its own |
| `micro.py`, `paired.py` | single pieces, timed in turn |
"""
