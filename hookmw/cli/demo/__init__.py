"""`hookmw demo`: a real receiver under genuine, forged, repeated and odd deliveries.

| file | holds |
|---|---|
| `program.py` | the receiver, as a user would write it |
| `script.py` | what is sent, and what must become of it: one row a delivery |
| `server.py` | the receiver's process, which is killed once in the middle |
| `stage.py` | what has become of each delivery |
| `screen.py` | the table |
"""

import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from secrets import token_hex
from typing import Annotated, Any

import anyio
import typer

from hookmw.cli.demo.screen import stage
from hookmw.cli.demo.script import Act, Cast, after_the_kill, before_the_kill
from hookmw.cli.demo.server import Server
from hookmw.cli.demo.stage import Scene
from hookmw.cli.terminal import fail, out
from hookmw.errors import ConfigError
from hookmw.inbox import Inbox, Query
from hookmw.inbox.urls import inbox_from_url

__all__ = ["demo"]

PATIENCE = 30.0
LOOK = 0.1

NEXT = """
Next: write a receiver of your own,

    # main.py
    import os
    from hookmw import Endpoint, Event, Hooks

    github = Endpoint("/github", "github", secrets=os.environ["GITHUB_WEBHOOK_SECRET"])

    @github.on("pull_request.opened")
    async def welcome(event: Event) -> None:
        print(event.payload["pull_request"]["title"])

    app = Hooks([github])

serve it, and be its provider from another terminal:

    export GITHUB_WEBHOOK_SECRET=change-me
    hookmw serve main:app
    hookmw send github pull_request.opened --to http://127.0.0.1:8000/github
    hookmw events list
"""


def demo(
    *,
    fast: Annotated[bool, typer.Option("--fast", help="Without pauses for the eye.")] = False,
) -> None:
    """See it work: a real server under genuine, forged, repeated and odd deliveries.

    The server is killed (-9) once, in the middle of a handler, and started again. Ends with 1
    if anything does not become what it must.

    hookmw demo
    """
    started = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="hookmw-demo-") as directory:
        scenes = anyio.run(Play(Path(directory), 0.0 if fast else 0.35).run)
    wrong = [scene.act.title for scene in scenes if not scene.as_promised]
    if wrong:
        fail(f"{len(wrong)} of {len(scenes)} did not become what they must: {'; '.join(wrong)}")
    seconds = time.perf_counter() - started
    out().print(_summary(scenes, seconds), NEXT, sep="\n", soft_wrap=True)


class Play:
    """The whole demo, once.

    Args:
        directory: empty; for the inbox and the log.
        pause: seconds between deliveries.
    """

    def __init__(self, directory: Path, pause: float) -> None:
        self.cast = Cast(secret=token_hex(16), wrong=token_hex(16), verify_token=token_hex(8))
        url = f"sqlite:///{directory / 'hooks.db'}"
        environment = {
            "HOOKMW_DEMO_SECRET": self.cast.secret,
            "HOOKMW_DEMO_VERIFY_TOKEN": self.cast.verify_token,
            "HOOKMW_DEMO_INBOX": url,
        }
        self.server = Server(directory, environment)
        self.inbox: Inbox = inbox_from_url(url)
        self.pause = pause
        self.scenes: list[Scene] = []

    async def run(self) -> list[Scene]:
        """Play it; the scenes as they ended."""
        try:
            out().print("starting a server with a SQLite inbox …", style="dim")
            await self.server.start()
            await self.inbox.open()
            with stage(self.scenes) as draw:
                await self._play(draw)
        finally:
            self.server.stop()
            await self.inbox.aclose()
        return self.scenes

    async def _play(self, draw: Callable[[], None]) -> None:
        await self._send_all(before_the_kill, draw)
        await self._until(draw, lambda: self._is_running(self.scenes[-1]))
        self.server.kill()
        await self.server.start()
        await self._send_all(after_the_kill, draw)
        await self._until(draw, lambda: not any(scene.waits for scene in self.scenes))

    async def _send_all(self, acts: Iterable[Act], draw: Callable[[], None]) -> None:
        for act in acts:
            scene = Scene(act)
            self.scenes.append(scene)
            draw()
            await self._send(scene)
            await self._look()
            draw()
            await anyio.sleep(self.pause)

    async def _send(self, scene: Scene) -> None:
        refused = len(self.server.refusals())
        scene.request = scene.act.make(self.cast)
        async with _http_client() as client:
            answer = await client.request(
                scene.request.method,
                f"{self.server.origin}{scene.request.path}",
                params=scene.request.query_string.decode(),
                headers=list(scene.request.headers),
                content=scene.request.body,
            )
        scene.status, scene.answer = answer.status_code, answer.content
        if scene.act.code:
            scene.reason, scene.code = next(iter(self.server.refusals()[refused:]), ("", ""))

    async def _look(self) -> None:
        entries = await self.inbox.find(Query(limit=1000))
        for scene in self.scenes:
            if scene.request is not None and scene.act.ends is not None:
                body = scene.request.body
                scene.entries = [entry for entry in entries if entry.event.body == body]

    async def _until(self, draw: Callable[[], None], over: Callable[[], bool]) -> None:
        with anyio.move_on_after(PATIENCE):
            while not over():
                await anyio.sleep(LOOK)
                await self._look()
                draw()

    @staticmethod
    def _is_running(scene: Scene) -> bool:
        return any(entry.state == "claimed" for entry in scene.entries)


def _http_client() -> Any:
    try:
        import httpx  # noqa: PLC0415 - an extra
    except ImportError:
        raise ConfigError('the demo needs httpx: pip install "hookmw[standard]"') from None
    return httpx.AsyncClient(timeout=15)


def _summary(scenes: list[Scene], seconds: float) -> str:
    stored = len({scene.entries[0].event.id for scene in scenes if scene.entries})
    dead = sum(1 for scene in scenes if scene.act.ends == "dead")
    refused = sum(1 for scene in scenes if scene.code)
    copies = sum(1 for scene in scenes if scene.act.copy)
    answered = sum(1 for scene in scenes if scene.act.ends is None and not scene.code)
    return (
        f"{len(scenes)} deliveries in {seconds:.1f} s: {stored} events stored"
        f" ({stored - dead} handled, {dead} dead letters), {copies} duplicates recognised,"
        f" {refused} refused, {answered} handshakes answered.\n"
        "The server was killed once in the middle of a handler; nothing was lost."
    )
