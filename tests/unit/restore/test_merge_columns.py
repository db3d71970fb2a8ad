"""The columns of a table in the backup, as pg_dump writes them."""

from __future__ import annotations

from core.restore.merge.columns import column_types


def test_a_table_of_a_type_has_the_types_columns() -> None:
    definition = "CREATE TABLE s.t OF s.pair (\n    a NOT NULL,\n    b WITH OPTIONS DEFAULT 'x'\n);"
    assert column_types(definition) == {"a": "", "b": ""}


def test_what_stands_behind_a_type_is_none_of_it() -> None:
    definition = (
        'CREATE TABLE s.t (\n    "a DEFAULT" numeric(4,2) DEFAULT 1.5 NOT NULL,\n    b text\n);'
    )
    assert column_types(definition) == {"a DEFAULT": "numeric(4,2)", "b": "text"}
