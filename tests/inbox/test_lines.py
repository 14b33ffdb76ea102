"""Events as lines of JSON, and back."""

import json

import pytest

from hookmw.inbox import Query
from hookmw.inbox.lines import from_line, to_line
from hookmw.inbox.memory import MemoryInbox

from .test_upkeep import fill, told

pytestmark = pytest.mark.anyio


async def lines() -> list[bytes]:
    inbox = MemoryInbox()
    await inbox.open()
    await fill(inbox)
    return [to_line(stored) for stored in await inbox.export(Query(limit=100))]


async def test_nothing_is_lost_on_the_way() -> None:
    inbox = MemoryInbox()
    await inbox.open()
    await fill(inbox)
    for stored in await inbox.export(Query(limit=100)):
        line = to_line(stored)
        assert b"\n" not in line
        assert told(from_line(line)) == told(stored)


@pytest.mark.parametrize(
    "change",
    [
        {"id": "no"},
        {"body": "no base64!"},
        {"state": "lost"},
        {"what": 1},
        {"received_at": "noon"},
        {"runs": [[1, "", "vanished", "", 0, 0]]},
    ],
)
async def test_what_is_no_line_of_ours_is_refused(change: dict[str, object]) -> None:
    line = {**json.loads((await lines())[0]), **change}
    with pytest.raises(ValueError, match=r"."):
        from_line(json.dumps(line).encode())


@pytest.mark.parametrize("text", [b"", b"[]", b"{}", b"\xff", b"7"])
def test_what_is_no_object_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        from_line(text)
