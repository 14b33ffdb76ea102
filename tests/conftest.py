"""For all tests: a database, and examples that are always the same where a gate must not fail."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.inbox.postgres import NOWHERE, database, schema

settings.register_profile("gate", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("gate")


@pytest.fixture(scope="session")
def postgres() -> Iterator[str | None]:
    """The URL of a PostgreSQL database; None if there is none to be had."""
    with database() as url:
        yield url


@pytest.fixture
def postgres_url(postgres: str | None) -> Iterator[str]:
    """The URL of an inbox in PostgreSQL that nobody else has."""
    if postgres is None:
        pytest.skip(NOWHERE)
    with schema(postgres) as url:
        yield url
