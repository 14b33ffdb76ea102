"""Claims in hand: handled and settled, their leases kept, and given back where they are cut off."""

import logging
import math
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from random import Random

import anyio
from anyio import CancelScope, get_cancelled_exc_class

from hookmw.errors import InboxUnavailable
from hookmw.inbox import Claim, Inbox, Settlement

__all__ = ["PAUSE", "Keeper", "pauses"]

logger = logging.getLogger("hookmw")

PAUSE = 1.0
"""Seconds between looks at an inbox that cannot be read, or where nothing is due."""

FIRST_PAUSE = 0.05
"""Seconds, at most, before the inbox is first asked again for what must not wait long."""


class Keeper:
    """Sees claims through, whoever claimed them.

    Args:
        inbox: open.
        handle: runs a claim's handlers; raises nothing.
        lease: seconds after which a claim that is not renewed ends; renewed at every third of it.
    """

    def __init__(
        self, inbox: Inbox, handle: Callable[[Claim], Awaitable[Settlement]], *, lease: float
    ) -> None:
        self._inbox = inbox
        self._handle = handle
        self._lease = lease
        self._running: set[Claim] = set()
        self._held: set[Claim] = set()  # those of them whose lease is ours
        self._unbegun: set[Claim] = set()
        self._interrupted: list[Claim] = []
        self._renewed = -math.inf
        self._woken = anyio.Event()
        self._answered = anyio.Event()  # the inbox has, after it had not

    @property
    def running(self) -> int:
        """How many events are being handled."""
        return len(self._running)

    def take(self, claims: Iterable[Claim]) -> None:
        """Answer for claims from now on: each is given to `work_on` next, or is given back."""
        claims = list(claims)
        self._running.update(claims)
        self._held.update(claims)
        self._unbegun.update(claims)

    async def work_on(self, claim: Claim) -> None:
        """Handle and settle a claim that was taken; raises nothing but a cancellation."""
        self._unbegun.discard(claim)
        try:
            await self._settle(await self._handle(claim))
        except get_cancelled_exc_class():
            self._interrupted.append(claim)  # given back at the end; until then its lease runs out
            if anyio.current_effective_deadline() == -math.inf:
                raise  # else somebody cancelled this task alone, which must not end the others
            logger.warning("event %s: its task was cancelled; its lease runs out", claim.event.id)
        except Exception:  # not due at once: whatever it was, it would be so again
            logger.exception("event %s: the worker failed; its lease runs out", claim.event.id)
        finally:
            self._running.discard(claim)
            self._held.discard(claim)
            self.wake()

    async def wait(self) -> None:
        """Return when one more has ended, or at `wake`."""
        self._woken = anyio.Event()
        await self._woken.wait()

    def wake(self) -> None:
        """End a `wait`."""
        self._woken.set()

    async def keep_leases(self) -> None:
        """Renew the leases of what is held, until cancelled."""
        while True:
            await anyio.sleep(self._lease / 3)
            for pause in pauses():
                if await self._renew():
                    break
                await self._until_it_may_answer(pause)

    async def renew_late(self) -> None:
        """Renew what should have been long ago.

        After a pause of the whole process, whoever takes events would take those of its own.
        """
        if time.monotonic() - self._renewed > self._lease / 2:
            await self._renew()

    async def _renew(self) -> bool:
        """Whether that need not be tried again soon."""
        self._renewed = time.monotonic()
        if not self._held:
            return True
        try:
            lost = await self._inbox.renew(list(self._held), lease=self._lease)
        except InboxUnavailable as error:
            logger.warning("leases cannot be renewed: %s", error.reason)
            return False
        except Exception:
            logger.exception("renewing leases failed; the worker goes on")
            return True
        self._held.difference_update(lost)  # `settle` says so, once
        self._say_that_it_answers()
        return True

    async def give_back(self) -> None:
        """Make due again what was interrupted, and what will not be begun any more."""
        unfinished = {*self._interrupted, *self._unbegun}
        self._interrupted.clear()
        self._unbegun.clear()
        if not unfinished:
            return
        logger.warning("%d events were interrupted and are due again", len(unfinished))
        with CancelScope(shield=True):
            try:
                await self._inbox.release(
                    {claim: claim.handled | claim.finished for claim in unfinished}
                )
            except InboxUnavailable as error:
                logger.warning("%d leases must run out: %s", len(unfinished), error.reason)
            except Exception:
                logger.exception("%d leases must run out", len(unfinished))

    async def _settle(self, settlement: Settlement) -> None:
        event, said = settlement.claim.event, ""
        for pause in pauses():
            try:
                kept = await self._inbox.settle(settlement)
            except InboxUnavailable as error:
                if error.reason != said:
                    logger.warning("event %s cannot be settled yet: %s", event.id, error.reason)
                said = error.reason
                await self._until_it_may_answer(pause)
            else:
                if not kept:
                    logger.warning("event %s: its lease was lost, it runs again", event.id)
                self._say_that_it_answers()
                return

    async def _until_it_may_answer(self, pause: float) -> None:
        # an inbox may be there for moments only: the first of many to meet one tells the others
        with anyio.move_on_after(pause):
            await self._answered.wait()

    def _say_that_it_answers(self) -> None:
        self._answered.set()
        self._answered = anyio.Event()


def pauses(random: Random | None = None) -> Iterator[float]:
    """Seconds to wait before each next try: short ones first, up to `PAUSE`; no two alike.

    Args:
        random: where the differences come from, so that no rhythm of failures is met.
    """
    random, longest = random or Random(), FIRST_PAUSE  # noqa: S311 - not for secrets
    while True:
        yield random.uniform(longest / 2, longest)
        longest = min(2 * longest, PAUSE)
