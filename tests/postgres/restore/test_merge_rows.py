"""Rows of tables that are there: staged and compared, and merged as a person has reviewed it."""

from __future__ import annotations

import psycopg
import pytest

from core.errors import RestoreError
from core.model.backup import TableName
from core.model.restore import CheckState, RestoreWish
from core.model.restore_operation import RestoreOperation, Verdict
from core.restore.world import changes
from tests.servers.merging import Live

ODD = TableName('Wéird "Schäma" 🐘', 'T.a*b?le "1"')
ODD_SQL = '"Wéird ""Schäma"" 🐘"."T.a*b?le ""1"""'


def staged(live: Live, *tables: str | TableName) -> RestoreOperation:
    """The first step."""
    return live.merge(live.wish(*tables))[0]


def second(
    live: Live, first: RestoreOperation, *, update: bool = False, delete: bool = False
) -> RestoreWish:
    """The second step's wish."""
    return live.wish(
        staged_by=first.operation_id,
        backup_id=first.backup_id,
        repository="local",
        update=update,
        delete=delete,
    )


@pytest.mark.parametrize(
    ("table", "damage", "counts"),
    [
        (
            "basket",
            "DELETE FROM sales.basket WHERE id = 1; UPDATE sales.basket SET customer = 1001"
            " WHERE id = 2; INSERT INTO sales.basket (customer) VALUES (1000), (1000)",
            "1 rows only in the backup, 2 only here, 1 different",
        ),
        (
            "duplicates",
            "DELETE FROM sales.duplicates WHERE ctid IN (SELECT ctid FROM sales.duplicates"
            " WHERE a = 1 LIMIT 4); INSERT INTO sales.duplicates VALUES (7, 'x'), (7, 'x')",
            "4 rows only in the backup, 2 only here, 0 different",
        ),
        (
            "orders",
            "DELETE FROM sales.orders WHERE id % 10 = 0; UPDATE sales.orders SET note = 'bad'"
            " WHERE id % 10 = 1; INSERT INTO sales.orders (placed) VALUES ('2024-05-05')",
            "40 rows only in the backup, 1 only here, 40 different",
        ),
        (
            "customer",
            "UPDATE sales.customer SET fullname = 'x', later = 1.5 WHERE id = 1002",
            "0 rows only in the backup, 0 only here, 1 different",
        ),
        (
            ODD,
            f'UPDATE {ODD_SQL} SET doc = NULL WHERE "Col ""x""" = 1; DELETE FROM {ODD_SQL}'
            ' WHERE "Col ""x""" > 2',
            "2 rows only in the backup, 0 only here, 1 different",
        ),
        (
            "no_columns",
            "INSERT INTO sales.no_columns DEFAULT VALUES",
            "0 rows only in the backup, 1 only here, 0 different",
        ),
        (
            "parent",
            "UPDATE ONLY sales.parent SET z = 'x'",
            "1 rows only in the backup, 1 only here, 0 different",
        ),
    ],
    ids=lambda value: str(getattr(value, "name", value))[:10],
)
def test_what_is_different_is_counted_merged_and_undone(
    live: Live, table: str | TableName, damage: str, counts: str
) -> None:
    live.run(damage)
    before = contents(live)
    first, done = live.merge(live.wish(table))
    assert done.verdict is Verdict.DIFFERENCES
    (told,) = done.differences
    assert told.endswith(counts)
    assert contents(live) == before

    merged, done = live.merge(second(live, first, update=True, delete=True))
    assert (done.differences, done.verdict) == ((), Verdict.PROVEN)
    assert contents(live) == contents_in_backup(live)
    with pytest.raises(RestoreError, match="can't be undone"):
        live.undo(first)
    live.undo(merged)
    assert contents(live) == before
    live.undo(first)
    assert live.schemas() == 0


def contents(live: Live) -> dict[tuple[str, str], tuple[int | None, str]]:
    """The rows of all tables of the application, as counts and hashes."""
    return {
        (each.schema, each.name): (each.rows, each.content)
        for each in live.fingerprint().tables
        if not each.schema.startswith("pgvigil_restore_")
    }


def contents_in_backup(live: Live) -> dict[tuple[str, str], tuple[int | None, str]]:
    """What they were."""
    tables = live.manifest.fingerprint.tables
    return {(each.schema, each.name): (each.rows, each.content) for each in tables}


def test_unless_more_is_asked_for_only_missing_rows_come_back(live: Live) -> None:
    live.run(
        "DELETE FROM sales.basket WHERE id = 1; UPDATE sales.basket SET customer = 1001"
        " WHERE id = 2; INSERT INTO sales.basket VALUES (9, 1000)"
    )
    first = staged(live, "basket")
    plan = live.plan(second(live, first))
    assert plan.destroyed == ()
    assert not any("UPDATE" in c or "DELETE" in c for step in plan.steps for c in step.commands)
    live.merge(second(live, first))
    assert live.ask("SELECT id, customer FROM sales.basket ORDER BY 1") == [
        (1, 1000), (2, 1001), (3, None), (9, 1000),
    ]  # fmt: skip


def test_the_script_is_shown_with_keys_and_what_is_destroyed(live: Live) -> None:
    live.run("DELETE FROM sales.basket WHERE id = 1; INSERT INTO sales.basket VALUES (9, 1000)")
    plan = live.plan(second(live, staged(live, "basket"), delete=True))
    told = "\n".join((*(s.what for s in plan.steps), *(c for s in plan.steps for c in s.commands)))
    assert "only in the backup: (1)" in told
    assert "only here: (9)" in told
    assert 'DELETE FROM ONLY "sales"."basket"' in told
    assert plan.destroyed == ("1 rows of sales.basket are deleted",)


def test_rows_that_change_between_review_and_merge_stop_it(live: Live) -> None:
    live.run("DELETE FROM sales.basket WHERE id = 1")
    first = staged(live, "basket")
    wish = second(live, first)
    reviewed = live.plan(wish)
    live.run("DELETE FROM sales.basket WHERE id = 2")
    assert reviewed.world != live.plan(wish).world
    live.while_running = "DELETE FROM sales.basket WHERE id = 3"
    with pytest.raises(RestoreError, match="not as they were reviewed"):
        live.merge(wish)
    assert live.ask("SELECT count(*) FROM sales.basket") == [(0,)]


@pytest.mark.parametrize(
    ("damage", "other"),
    [
        (
            "UPDATE sales.basket SET customer = 1001 WHERE id = 1",
            "UPDATE sales.basket SET customer = 1002 WHERE id = 1",
        ),
        (
            "INSERT INTO sales.basket VALUES (9, 1000)",
            "UPDATE sales.basket SET customer = 1002 WHERE id = 9",
        ),
        (
            "DELETE FROM sales.basket WHERE id = 1",
            "DELETE FROM sales.basket WHERE id = 2; INSERT INTO sales.basket VALUES (1, 1000)",
        ),
    ],
    ids=["different", "only here", "only in the backup"],
)
def test_as_many_rows_but_others_than_were_reviewed_stop_it(
    live: Live, damage: str, other: str
) -> None:
    live.run(damage)
    wish = second(live, staged(live, "basket"), update=True, delete=True)
    reviewed = live.plan(wish)
    live.while_running = other
    with pytest.raises(RestoreError, match="not as they were reviewed") as refused:
        live.merge(wish)
    assert "but other ones" in refused.value.why
    found = live.ask("SELECT id, customer FROM sales.basket ORDER BY 1")
    (told,) = changes(reviewed, live.plan(wish))
    assert told.startswith("content of the rows of sales.basket")
    live.while_running = ""
    merged, _ = live.merge(wish)
    live.undo(merged)
    assert live.ask("SELECT id, customer FROM sales.basket ORDER BY 1") == found


def test_parents_come_before_their_children_and_go_after_them(live: Live) -> None:
    live.run(
        "DELETE FROM sales.orders; DELETE FROM sales.basket;"
        " DELETE FROM sales.customer WHERE id = 1000"
    )
    first = staged(live, "basket", "orders", "customer")
    merged, _ = live.merge(second(live, first))
    assert live.differences_but_schemas() == ()
    live.undo(merged)
    assert live.ask("SELECT count(*) FROM sales.customer") == [(2,)]


def test_a_row_that_was_changed_since_is_not_set_back_again(live: Live) -> None:
    live.run("DELETE FROM sales.basket WHERE id = 1")
    merged, _ = live.merge(second(live, staged(live, "basket")))
    live.run("UPDATE sales.basket SET customer = NULL WHERE id = 1")
    with pytest.raises(RestoreError) as refused:
        live.undo(merged)
    assert "1 of the rows that came back to sales.basket were changed" in refused.value.why
    assert live.ask("SELECT count(*) FROM sales.basket") == [(3,)]


def test_its_sequence_gives_no_number_that_came_back(live: Live) -> None:
    live.run("TRUNCATE sales.basket RESTART IDENTITY")
    live.merge(second(live, staged(live, "basket")))
    live.run("INSERT INTO sales.basket DEFAULT VALUES")
    assert live.ask("SELECT max(id) FROM sales.basket") == [(4,)]


@pytest.mark.parametrize(
    ("change", "state", "told"),
    [
        ("ALTER TABLE sales.basket ADD note text", CheckState.WARNING, "column note is new"),
        ("ALTER TABLE sales.basket RENAME customer TO buyer", CheckState.WARNING, "customer was"),
        ("ALTER TABLE sales.basket ALTER id TYPE bigint", CheckState.OK, "compared by id"),
        ("ALTER TABLE sales.basket DROP CONSTRAINT basket_pkey", CheckState.OK, "whole rows"),
        (
            "ALTER TABLE sales.basket ALTER customer TYPE int",
            CheckState.STOP,
            "column customer was bigint and is integer now",
        ),
        (
            "ALTER TABLE sales.basket ADD must int NOT NULL DEFAULT 1;"
            " ALTER TABLE sales.basket ALTER must DROP DEFAULT",
            CheckState.STOP,
            "column must is new, NOT NULL and without a default",
        ),
        (
            "ALTER TABLE sales.basket DROP customer;"
            " ALTER TABLE sales.basket ADD customer bigint GENERATED ALWAYS AS (id) STORED",
            CheckState.WARNING,
            "column customer is generated by now",
        ),
        (
            "DROP TABLE sales.basket; CREATE VIEW sales.basket AS SELECT 1 AS id",
            CheckState.STOP,
            "no table is called",
        ),
    ],
)
def test_a_definition_that_changed_since_is_handled_or_refused(
    live: Live, change: str, state: CheckState, told: str
) -> None:
    live.run(f"ALTER TABLE sales.basket DROP CONSTRAINT basket_customer_fkey; {change}")
    plan = live.plan(live.wish("basket"))
    (found,) = (each for each in plan.checks if each.name == "table sales.basket")
    assert (found.state, told in found.what) == (state, True), found.what
    if state is CheckState.STOP:
        return
    live.run("DELETE FROM sales.basket WHERE id = 1")
    live.merge(second(live, staged(live, "basket")))
    assert live.ask("SELECT count(*) FROM sales.basket") == [(3,)]


def test_rows_that_would_take_others_with_them_are_not_deleted(live: Live) -> None:
    live.run("INSERT INTO sales.customer (\"E-Mail\") VALUES ('n@example.com')")
    (stop,) = live.plan(second(live, staged(live, "customer"), delete=True)).stops
    assert "orders_customer_fkey" in stop.what


def test_a_role_from_which_row_security_hides_rows_is_told(live: Live) -> None:
    live.run(
        "DROP ROLE IF EXISTS modest; CREATE ROLE modest LOGIN PASSWORD 'modest';"
        f" GRANT CREATE ON DATABASE {live.name} TO modest; GRANT USAGE ON SCHEMA sales TO modest;"
        " GRANT SELECT ON sales.customer TO modest"
    )
    with live.connecting_as("modest"):
        (stop,) = live.plan(live.wish("customer")).stops
    assert "row security of sales.customer hides rows" in stop.what


def test_a_lock_that_somebody_holds_is_told_with_who_it_is(live: Live) -> None:
    live.run("DELETE FROM sales.basket WHERE id = 1")
    first = staged(live, "basket")
    with psycopg.connect(live.dsn, application_name="migration") as holder:
        holder.execute("INSERT INTO sales.basket VALUES (77, NULL)")
        with pytest.raises(RestoreError) as refused:
            live.merge(second(live, first))
        holder.rollback()
    assert "migration" in refused.value.why
    assert live.ask("SELECT count(*) FROM sales.basket") == [(2,)]
