"""Which SQL a version is asked with: the newest that is not too new for it."""

from __future__ import annotations

import pytest

from core.collect.statement_files import server_sql, statements_sql
from core.model.versions import NEWEST, OLDEST

SERVER = ("connections", "databases", "database_sizes", "names", "server", "settings")
STATEMENTS = ("statements", "statements_info", "statement_texts")


@pytest.mark.parametrize("name", SERVER)
def test_a_server_still_to_come_is_asked_as_the_newest_one_that_is_known(name: str) -> None:
    assert server_sql(name, NEWEST + 1) == server_sql(name, NEWEST)


@pytest.mark.parametrize("name", STATEMENTS)
def test_an_extension_still_to_come_is_asked_as_the_newest_one_that_is_known(name: str) -> None:
    assert statements_sql(name, (1, 13), b"s") == statements_sql(name, (1, 12), b"s")


def test_versions_are_compared_as_numbers_and_not_as_texts() -> None:
    assert b"stats_since" in statements_sql("statements", (1, 11), b"s")
    assert b"toplevel" in statements_sql("statements", (1, 10), b"s")
    assert b"toplevel" not in statements_sql("statements", (1, 8), b"s")


def test_the_query_id_of_a_session_is_asked_for_since_14() -> None:
    assert b"query_id" not in server_sql("connections", 13)
    assert b"query_id" in server_sql("connections", 14)


def test_there_is_no_question_for_a_server_that_is_too_old() -> None:
    with pytest.raises(FileNotFoundError):
        server_sql("connections", OLDEST - 1)
