"""An inbox in PostgreSQL: whose tables they are, and who may make them."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import anyio
import pytest

from hookmw.errors import ConfigError, InboxUnavailable
from hookmw.inbox.postgresql import PostgreSQLInbox, migrate
from hookmw.inbox.postgresql.address import address_of, connect
from hookmw.inbox.postgresql.schema import STEPS
from hookmw.inbox.urls import inbox_from_url

from .events import claim_one, put, settle
from .postgres import run

pytestmark = pytest.mark.anyio


async def opened(url: str) -> PostgreSQLInbox:
    inbox = PostgreSQLInbox(url)
    await inbox.open()
    return inbox


async def test_many_that_open_at_once_make_one_schema(
    postgres_url: str, anyio_backend: str
) -> None:
    inboxes = [PostgreSQLInbox(postgres_url) for _ in range(6)]
    async with anyio.create_task_group() as tasks:
        for inbox in inboxes:
            tasks.start_soon(inbox.open)
    await put(inboxes[0])
    assert (await inboxes[-1].count())["pending"] == 1
    for inbox in inboxes:
        await inbox.aclose()
    assert run(postgres_url, 'SELECT version FROM "{}".meta') == [(len(STEPS),)]


async def test_an_older_schema_is_brought_up_to_date_and_a_newer_one_refused(
    postgres_url: str, anyio_backend: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox = await opened(postgres_url)
    event = await put(inbox)
    await inbox.aclose()
    step = ("ALTER TABLE hookmw.events ADD COLUMN colour text NOT NULL DEFAULT 'red'",)

    with monkeypatch.context() as newer:
        newer.setattr("hookmw.inbox.postgresql.schema.STEPS", [*STEPS, step])
        inbox = await opened(postgres_url)
        assert (await claim_one(inbox)).event.id == event.id
        await inbox.aclose()
    assert run(postgres_url, 'SELECT colour FROM "{}".events') == [("red",)]

    with pytest.raises(ConfigError, match=r"newer hookmw \(version 2, this one knows 1\)"):
        await PostgreSQLInbox(postgres_url).open()


async def test_who_only_looks_makes_nothing(
    postgres_url: str, anyio_backend: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox = PostgreSQLInbox(postgres_url, make=False)
    with pytest.raises(ConfigError, match="there is none; run `hookmw migrate"):
        await inbox.open()
    assert run(postgres_url, "SELECT to_regnamespace('{}')") == [(None,)]

    migrate(postgres_url)
    await inbox.open()
    await put(inbox)
    await inbox.aclose()
    monkeypatch.setattr("hookmw.inbox.postgresql.schema.STEPS", [*STEPS, ()])
    with pytest.raises(ConfigError, match="an older one is there"):
        await inbox.open()


async def test_a_step_that_fails_changes_nothing(
    postgres_url: str, anyio_backend: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = [*STEPS, ("ALTER TABLE hookmw.events ADD COLUMN colour text", "SELECT 1/0")]
    monkeypatch.setattr("hookmw.inbox.postgresql.schema.STEPS", steps)
    with pytest.raises(ConfigError, match="division by zero"):
        migrate(postgres_url)
    assert run(postgres_url, "SELECT to_regnamespace('{}')") == [(None,)]


@pytest.mark.parametrize(
    "table",
    ["meta (version int)", "accounts (id int)"],
)
async def test_tables_of_others_are_left_alone(
    postgres_url: str, anyio_backend: str, table: str
) -> None:
    run(postgres_url, 'CREATE SCHEMA "{}"', f'CREATE TABLE "{{}}".{table}')
    with pytest.raises(ConfigError, match="not ours; name another one with"):
        await PostgreSQLInbox(postgres_url).open()
    assert len(run(postgres_url, "SELECT 1 FROM pg_tables WHERE schemaname = '{}'")) == 1


async def test_an_empty_schema_is_used(postgres_url: str, anyio_backend: str) -> None:
    run(postgres_url, 'CREATE SCHEMA "{}"')
    inbox = await opened(postgres_url)
    await put(inbox)
    await inbox.aclose()


@contextmanager
def role(url: str) -> Iterator[str]:
    """A role that may connect and no more."""
    name = f"role_{uuid4().hex}"
    run(url, f"CREATE ROLE {name} LOGIN")
    try:
        yield name
    finally:
        run(url, f"DROP OWNED BY {name}", f"DROP ROLE {name}")


async def test_who_may_not_make_tables_is_told_who_must(
    postgres_url: str, anyio_backend: str
) -> None:
    with role(postgres_url) as name:
        limited = postgres_url.replace("//postgres@", f"//{name}@")
        with pytest.raises(ConfigError, match="hookmw migrate --inbox URL"):
            await PostgreSQLInbox(limited).open()

        migrate(postgres_url)
        with pytest.raises(ConfigError, match="grant this one the use of its tables"):
            await PostgreSQLInbox(limited).open()
        run(
            postgres_url,
            f'GRANT USAGE ON SCHEMA "{{}}" TO {name}',
            f'GRANT ALL ON ALL TABLES IN SCHEMA "{{}}" TO {name}',
            f'GRANT ALL ON ALL SEQUENCES IN SCHEMA "{{}}" TO {name}',
        )
        inbox = await opened(limited)
        await put(inbox)
        assert await settle(inbox, await claim_one(inbox))
        await inbox.aclose()


@pytest.mark.parametrize("name", ["1x", "pg_mine", 'a"b', "a b", "x" * 64, ""])
def test_a_schema_has_a_plain_name(name: str) -> None:
    with pytest.raises(ConfigError, match="cannot be a schema of ours"):
        PostgreSQLInbox(f"postgresql://postgres@host/db?schema={name}")


async def test_no_such_database(postgres_url: str, anyio_backend: str) -> None:
    url = f"{postgres_url}&dbname=there_is_none"
    with pytest.raises(ConfigError, match='"there_is_none" does not exist'):
        await PostgreSQLInbox(url).open()


async def test_a_server_that_is_not_there_may_come(anyio_backend: str) -> None:
    with pytest.raises(InboxUnavailable, match="refused"):
        await PostgreSQLInbox("postgresql://postgres@127.0.0.1:1/test").open()


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://me:h%75nter2@127.0.0.1:1/db",
        "postgres://me:hunter2@127.0.0.1:1/db?connect_timeout=2",
        "postgresql://me@127.0.0.1:1/db?password=hunter2&schema=s",
        "postgresql://me:hunter2%@127.0.0.1/db",
        "postgresql://me:hunter2@127.0.0.1/db?nonsense=1",
        "postgresql://me:hunter2@127.0.0.1/db?schema=1",
        "postgresql://me:hunter2@[::1/db",
    ],
)
async def test_the_password_is_never_shown(
    url: str, anyio_backend: str, caplog: pytest.LogCaptureFixture
) -> None:
    shown = []
    try:
        inbox = inbox_from_url(url)
        shown.append(repr(inbox))
        shown.append(repr(vars(inbox)))
        await inbox.open()
    except (ConfigError, InboxUnavailable) as error:
        while error is not None:
            shown.append(f"{error!r} {error}")
            error = error.__cause__ or error.__context__  # type: ignore[assignment]
    assert len(shown) > 0
    assert "unter2" not in " ".join([*shown, caplog.text])


def test_without_psycopg_the_extra_is_named() -> None:
    program = (
        "import sys; sys.modules['psycopg'] = None\n"
        "from hookmw.inbox.urls import inbox_from_url\n"
        "inbox_from_url('memory:')\n"
        "try: inbox_from_url('postgresql://me:secret@host/db')\n"
        "except ValueError as error: print(error)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert "install hookmw[postgres]" in done.stdout
    assert "secret" not in done.stdout


@pytest.mark.parametrize(
    ("setting", "kept"), [("off", "on"), ("local", "on"), ("remote_apply", "remote_apply")]
)
async def test_a_commit_is_never_less_than_durable(
    postgres_url: str, anyio_backend: str, setting: str, kept: str
) -> None:
    url = f"{postgres_url}&options=-csynchronous_commit%3D{setting}"
    with connect(address_of(url)) as db:
        db.begin(1.0)
        assert db.execute("SHOW synchronous_commit").fetchone() == (kept,)
        db.commit_surely()
        assert db.execute("SHOW synchronous_commit").fetchone() == (setting,)
