"""The generated index, table and number of providers are those of the rows."""

from tests.catalog.pages import INDEX, README, TABLE, index, readme, table

REMEDY = "run `uv run python -m tests.catalog.pages`"


def test_the_index_is_that_of_the_rows() -> None:
    assert INDEX.read_text() == index(), REMEDY


def test_the_table_is_that_of_the_rows() -> None:
    assert TABLE.read_text() == table(), REMEDY


def test_the_front_page_counts_them() -> None:
    assert README.read_text() == readme(), REMEDY
