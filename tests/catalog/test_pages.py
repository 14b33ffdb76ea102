"""The generated index and table are those of the rows."""

from tests.catalog.pages import INDEX, TABLE, index, table

REMEDY = "run `uv run python -m tests.catalog.pages`"


def test_the_index_is_that_of_the_rows() -> None:
    assert INDEX.read_text() == index(), REMEDY


def test_the_table_is_that_of_the_rows() -> None:
    assert TABLE.read_text() == table(), REMEDY
