"""A fingerprint changes with whatever changes in the database, and with nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from core.backup.fingerprint import compare
from core.model.backup import Selection
from core.model.fingerprint import Fingerprint
from core.postgres.embedded import EmbeddedServer
from tests.postgres.connecting import run
from tests.servers.dumping import fingerprint
from tests.servers.everything import empty_database, everything

SCHEMA = ("the definition of the schema: not the same",)
TWICE = (
    "CREATE OR REPLACE FUNCTION sales.twice(n int) RETURNS int LANGUAGE sql IMMUTABLE"
    " AS 'SELECT n * 2'"
)
PRIVILEGES = ("owners or grants: not the same",)


@pytest.fixture(scope="module")
def database(postgres: EmbeddedServer) -> Iterator[str]:
    """The DSN of a database that has everything."""
    with everything(postgres) as name:
        yield postgres.dsn(name)


@pytest.fixture
def before(database: str) -> Fingerprint:
    return fingerprint(database)


def test_nothing_changes_while_nothing_changes(database: str, before: Fingerprint) -> None:
    assert fingerprint(database) == before


def test_rows_in_another_order_are_the_same_rows(database: str, before: Fingerprint) -> None:
    run(database, "CLUSTER sales.customer USING customer_pkey", "VACUUM FULL sales.duplicates")

    differences = compare(before, fingerprint(database))
    run(database, "ALTER TABLE sales.customer SET WITHOUT CLUSTER")
    assert differences == SCHEMA  # CLUSTER marks its index


@pytest.mark.parametrize(
    ("statement", "back", "expected"),
    [
        (
            "UPDATE sales.duplicates SET b = '' WHERE a = 1",
            "UPDATE sales.duplicates SET b = NULL WHERE a = 1",
            "table sales.duplicates: other content",
        ),
        (
            "INSERT INTO sales.no_columns DEFAULT VALUES",
            "DELETE FROM sales.no_columns WHERE ctid = (SELECT max(ctid) FROM sales.no_columns)",
            "table sales.no_columns: 3 rows instead of 2",
        ),
        (
            "SELECT lo_put(4712, 1400000, 'x')",
            "SELECT lo_put(4712, 1400000, '\\xab')",
            "the large objects: not the same",
        ),
        (
            "SELECT setval('sales.used', 40)",
            "SELECT setval('sales.used', 12)",
            "sequence sales.used: at 40 instead of 12",
        ),
        (
            "CREATE TABLE sales.added ()",
            "DROP TABLE sales.added",
            "table sales.added: was not there",
        ),
        ("CREATE EXTENSION citext", "DROP EXTENSION citext", "extension citext: was not there"),
    ],
)
def test_a_change_is_told_in_words(
    database: str, before: Fingerprint, statement: str, back: str, expected: str
) -> None:
    run(database, statement)
    differences = compare(before, fingerprint(database))
    run(database, back)

    assert expected in differences
    assert compare(before, fingerprint(database)) == ()


@pytest.mark.parametrize(
    ("change", "back"),
    [
        (
            "ALTER TABLE sales.parent ALTER middle SET DEFAULT 8",
            "ALTER TABLE sales.parent ALTER middle SET DEFAULT 7",
        ),
        (
            "COMMENT ON SCHEMA sales IS 'other'",
            "COMMENT ON SCHEMA sales IS 'what is sold; it''s commented'",
        ),
        (
            "ALTER TABLE sales.customer NO FORCE ROW LEVEL SECURITY",
            "ALTER TABLE sales.customer FORCE ROW LEVEL SECURITY",
        ),
        (
            "ALTER POLICY own_rows ON sales.customer TO everything_owner",
            "ALTER POLICY own_rows ON sales.customer TO everything_reader",
        ),
        (
            "ALTER TABLE sales.customer ENABLE TRIGGER stamped",
            "ALTER TABLE sales.customer DISABLE TRIGGER stamped",
        ),
        ("ALTER EVENT TRIGGER watching DISABLE", "ALTER EVENT TRIGGER watching ENABLE"),
        (
            "ALTER PUBLICATION some_tables SET (publish = 'insert')",
            "ALTER PUBLICATION some_tables SET (publish = 'insert, update')",
        ),
        (
            "ALTER VIEW sales.busy RESET (security_barrier)",
            "ALTER VIEW sales.busy SET (security_barrier)",
        ),
        ("ALTER SEQUENCE sales.used INCREMENT 8", "ALTER SEQUENCE sales.used INCREMENT 7"),
        ("CREATE INDEX extra ON sales.empty (a)", "DROP INDEX sales.extra"),
        (TWICE.replace("* 2", "* 3"), TWICE),
        (
            "ALTER SERVER elsewhere OPTIONS (SET host 'x')",
            "ALTER SERVER elsewhere OPTIONS (SET host 'elsewhere.example.com')",
        ),
        (
            "ALTER DOMAIN sales.email DROP DEFAULT",
            "ALTER DOMAIN sales.email SET DEFAULT 'nobody@example.com'",
        ),
    ],
)
def test_a_changed_definition_changes_the_schemas_hash(
    database: str, before: Fingerprint, change: str, back: str
) -> None:
    run(database, change)
    differences = compare(before, fingerprint(database))
    run(database, back)

    assert SCHEMA[0] in differences
    assert compare(before, fingerprint(database)) == ()


@pytest.mark.parametrize(
    ("change", "back"),
    [
        (
            "GRANT SELECT ON sales.empty TO everything_reader",
            "REVOKE SELECT ON sales.empty FROM everything_reader",
        ),
        (
            "ALTER FUNCTION sales.atomic OWNER TO everything_owner",
            "ALTER FUNCTION sales.atomic OWNER TO postgres",
        ),
        (
            "REVOKE EXECUTE ON FUNCTION sales.atomic FROM PUBLIC",
            "GRANT EXECUTE ON FUNCTION sales.atomic TO PUBLIC",
        ),
        (
            "GRANT UPDATE (feels) ON sales.customer TO everything_reader",
            "REVOKE UPDATE (feels) ON sales.customer FROM everything_reader",
        ),
    ],
)
def test_changed_owners_and_grants_are_told(
    database: str, before: Fingerprint, change: str, back: str
) -> None:
    run(database, change)
    differences = compare(before, fingerprint(database))
    run(database, back)

    assert differences == PRIVILEGES
    assert compare(before, fingerprint(database)) == ()


def test_the_content_is_keyed_by_the_seeds(database: str, before: Fingerprint) -> None:
    other = fingerprint(database, seeds=(1, 2))

    assert all(
        mine.content != theirs.content
        for mine, theirs in zip(before.tables, other.tables, strict=True)
        if mine.rows
    )


@pytest.mark.parametrize("otherwise", [{"seeds": (1, 2)}, {"recipe": 0}])
def test_contents_that_were_hashed_otherwise_are_not_compared(
    before: Fingerprint, otherwise: dict[str, Any]
) -> None:
    tables = tuple(replace(each, content="0") for each in before.tables)

    assert compare(before, replace(before, tables=tables, large_objects="0", **otherwise)) == (
        "the contents were hashed otherwise and can't be compared",
    )


def test_a_budget_leaves_out_the_biggest_tables_and_counts_them(
    database: str, before: Fingerprint
) -> None:
    limited = fingerprint(database, budget_bytes=20_000)

    assert {each.name for each in limited.tables if not each.content} != set()
    assert [each.rows for each in limited.tables] == [each.rows for each in before.tables]
    assert compare(before, limited) == ()


def test_a_selection_covers_its_tables_alone(database: str) -> None:
    some = fingerprint(database, selection=Selection(tables=("sales.orders_*", "duplicates")))

    assert {each.name for each in some.tables} == {
        "duplicates",
        "orders_2024",
        "orders_2025_rest",
        "orders_other",
    }
    assert some.large_objects == ""


def test_columns_in_another_order_hold_the_same_rows(postgres: EmbeddedServer) -> None:
    contents = []
    for columns in ("a, b", "b, a"):
        with empty_database(postgres) as name:
            run(
                postgres.dsn(name),
                "CREATE TABLE t AS SELECT "
                + columns
                + " FROM (SELECT n AS a, n::text AS b FROM generate_series(1, 9) AS n) AS s",
            )
            contents.append(fingerprint(postgres.dsn(name)).tables)

    assert contents[0] == contents[1]
