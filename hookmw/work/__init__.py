"""From a stored event to handlers that have run: claim, handle, settle.

| file | holds |
|---|---|
| `worker.py` | claims events, keeps their leases, gives them back when it must stop |
| `dispatcher.py` | what is to be run for an event, and what shall become of it afterwards |
| `call.py` | one run of one function: sync or async, with its timeout |
| `runtime.py` | one inbox, one dispatcher, one worker: what a set of endpoints shares |
"""
