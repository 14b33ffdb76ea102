"""From a stored event to handlers that have run: claim, handle, settle.

| file | holds |
|---|---|
| `worker.py` | claims events as they become due, so many at once |
| `keeper.py` | sees claims through: keeps their leases, settles them or gives them back |
| `dispatcher.py` | what is to be run for an event, and what shall become of it afterwards |
| `verdict.py` | what its runs mean for the event |
| `call.py` | one run of one function: sync or async, with its timeout |
| `retention.py` | how long settled events are kept |
| `effects.py` | a handler's own writes, committed with the mark of its success |
| `threads.py` | functions in threads that nobody has to wait for |
| `engine.py` | the contract of workers that are not ours |
| `ringer.py`, `told.py` | tells an engine of events that are due, and how far ahead |
| `station.py` | a process of an engine, as one of the inbox's workers |
| `runtime.py` | one inbox, one dispatcher, one worker: what a set of endpoints shares |
"""
