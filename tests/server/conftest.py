from collections.abc import Iterator

import pytest

from tests.inbox.postgres import NOWHERE, Server, binaries, schema


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A server of our own: what others do to a shared one would count as a loss here."""
    if binaries() is None:
        pytest.skip(NOWHERE)
    with Server() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def inbox(request: pytest.FixtureRequest) -> Iterator[str | None]:
    """The URL of an inbox of each kind that keeps events; None for a file beside the server."""
    if request.param == "sqlite":
        yield None
        return
    with schema(request.getfixturevalue("postgres").url) as url:
        yield url
