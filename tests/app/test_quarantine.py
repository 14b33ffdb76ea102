"""What failed verification is kept apart, and let in when a secret was put right."""

from typing import Any
from uuid import uuid4

import pytest

from hookmw import ConfigError, Endpoint, Hooks, Quarantine
from hookmw.errors import InboxUnavailable
from hookmw.inbox import Bounds, Inbox, Query, Refused
from hookmw.inbox.memory import MemoryInbox
from hookmw.middleware.apart import Apart
from hookmw.testing import sign
from tests.app.receiving import SECRET, github, hooks_of, stored
from tests.middleware.asgi import Wire, call, deliver, http

pytestmark = pytest.mark.anyio

WRONG = "the-secret-before-it-was-put-right"
ALL = Query(limit=1000)


def quarantined(inbox: Inbox, *, secret: str = SECRET, **bounds: Any) -> Hooks:
    bounds.setdefault("per_second", 1e9)
    endpoint = Endpoint("/hook/{tenant}", "github", secrets=secret, name="github")
    return hooks_of(endpoint, inbox=inbox, quarantine=Quarantine(**bounds))


async def send(hooks: Hooks, number: int, secret: str = SECRET) -> int:
    request = sign("github", {"n": number}, secret, type="push", path="/hook/a?x=1")
    return int((await deliver(hooks, request)).status)


async def test_what_is_refused_is_let_in_when_the_secret_is_right() -> None:
    inbox = MemoryInbox()
    wrong = quarantined(inbox, secret=WRONG)
    for number in range(3):
        assert await send(wrong, number) == 401
    assert await send(wrong, 9, "somebody's") == 401
    assert await wrong.reverify(ALL) == {"admitted": 0, "refused": 4}

    right = quarantined(inbox)
    assert await send(right, 1) == 200
    assert await right.reverify(ALL) == {"admitted": 3, "refused": 1}

    entries = await stored(right)
    bodies = sorted(each.event.body for each in entries)
    assert bodies == [b'{"n":0}', b'{"n":1}', b'{"n":2}'], "the copy that came since is the same"
    assert {each.event.path_params["tenant"] for each in entries} == {"a"}
    assert await right.reverify(ALL) == {"admitted": 0, "refused": 1}


async def test_it_is_judged_as_at_the_time_at_which_it_came() -> None:
    inbox = MemoryInbox()
    secret = "whsec_" + "a" * 40

    def hooks(with_secret: str) -> Hooks:
        endpoint = Endpoint("/hook", "stripe", secrets=with_secret)
        return hooks_of(endpoint, inbox=inbox, quarantine=Quarantine())

    await inbox.open()
    request = sign("stripe", {"id": "evt_1"}, secret, at=1_000_000.0, path="/hook")
    for received_at in (1_000_000.0, 1_001_000.0):
        kept = Refused(
            id=uuid4(),
            endpoint="hook",
            code="signature_mismatch",
            method="POST",
            path="/hook",
            path_params={},
            query_string=b"",
            headers=request.headers,
            body=request.body,
            peer=None,
            received_at=received_at,
        )
        await inbox.quarantine(kept, Bounds(age=1e12))
    assert await hooks(secret).reverify(ALL) == {"admitted": 1, "refused": 1}


async def test_only_what_another_secret_could_accept_is_kept() -> None:
    inbox = MemoryInbox()
    hooks = quarantined(inbox)
    for headers in ([], [(b"x-hub-signature-256", b"rubbish")]):
        scope = http(path="/hook/a", headers=headers)
        assert (await call(hooks, scope, Wire(b"{}"))).status == 401
    assert (await call(hooks, http(path="/elsewhere"), Wire(b"{}"))).status == 404
    assert await send(hooks, 1) == 200
    assert await inbox.quarantined(ALL) == []


async def test_it_is_off_unless_it_is_asked_for() -> None:
    inbox = MemoryInbox()
    hooks = hooks_of(github(), inbox=inbox)
    request = sign("github", {}, WRONG, type="push", path="/hook")
    assert (await deliver(hooks, request)).status == 401
    await inbox.open()
    assert await inbox.quarantined(ALL) == []


async def test_a_flood_is_kept_out() -> None:
    inbox = MemoryInbox()
    hooks = quarantined(inbox, per_second=0.001)
    for number in range(20):
        assert await send(hooks, number, WRONG) == 401
    assert len(await inbox.quarantined(ALL)) == 1


async def test_it_keeps_its_bounds() -> None:
    inbox = MemoryInbox()
    hooks = quarantined(inbox, deliveries=3)
    for number in range(7):
        assert await send(hooks, number, WRONG) == 401
    kept = [each.body for each in await inbox.quarantined(ALL)]
    assert kept == [b'{"n":6}', b'{"n":5}', b'{"n":4}']


@pytest.mark.parametrize("error", [InboxUnavailable("full"), RuntimeError("bug")])
async def test_an_inbox_that_cannot_keep_it_changes_no_answer(error: Exception) -> None:
    class Broken(MemoryInbox):
        async def quarantine(self, refused: Refused, bounds: Bounds) -> None:
            raise error

    assert await send(quarantined(Broken()), 1, WRONG) == 401


async def test_who_kept_it_may_be_gone() -> None:
    inbox = MemoryInbox()
    assert await send(quarantined(inbox, secret=WRONG), 1) == 401
    other = hooks_of(github(name="another"), inbox=inbox)
    assert await other.reverify(ALL) == {"admitted": 0, "refused": 1}


@pytest.mark.parametrize(
    "bad", [{"deliveries": 0}, {"bytes": -1}, {"age": 0.0}, {"per_second": 0.0}]
)
def test_bounds_are_above_zero(bad: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="above 0"):
        Quarantine(**bad)


async def test_its_pace_is_measured() -> None:
    now = [0.0]
    inbox = MemoryInbox()
    await inbox.open()

    async def ready() -> Inbox:
        return inbox

    apart = Apart("e", Quarantine(per_second=2), ready, clock=lambda: now[0])
    request = sign("github", {}, SECRET, type="push")
    for seconds, kept in ((0.0, 1), (0.4, 1), (0.5, 2), (0.9, 2), (1.0, 3)):
        now[0] = seconds
        delivery = request.delivery()
        delivery.refused = "signature_mismatch"
        await apart(delivery)
        assert len(await inbox.quarantined(ALL)) == kept


async def test_a_handshake_that_was_refused_never_becomes_an_event() -> None:
    """Nobody waits for its answer any more, and handlers never see one."""
    inbox = MemoryInbox()

    def hooks(secret: str) -> Hooks:
        endpoint = Endpoint("/hook", "slack", secrets=secret)
        return hooks_of(endpoint, inbox=inbox, quarantine=Quarantine())

    question = {"type": "url_verification", "challenge": "abc"}
    request = sign("slack", question, SECRET, path="/hook")
    assert (await deliver(hooks(WRONG), request)).status == 401
    assert len(await inbox.quarantined(ALL)) == 1

    right = hooks(SECRET)
    assert await right.reverify(ALL) == {"admitted": 0, "refused": 1}
    assert list(await stored(right)) == []
