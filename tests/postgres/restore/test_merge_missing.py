"""Tables that were dropped by mistake come back into the live database, or nothing changes."""

from __future__ import annotations

import threading
from dataclasses import replace

import psycopg
import pytest

from core.errors import CancelledError, DamagedArtifactError, RestoreError
from core.model.backup import TableName
from core.model.restore import CheckState
from core.model.restore_operation import Verdict
from tests.postgres.restore.conftest import Backed
from tests.servers.backing_up import SERVER
from tests.servers.cancelling import Stops
from tests.servers.merging import Live

ODD = TableName('Wéird "Schäma" 🐘', 'T.a*b?le "1"')


@pytest.mark.parametrize(
    ("dropped", "chosen", "dependents"),
    [
        (('sales."orders 2025 cheap"',), ("orders 2025 cheap",), False),
        (("sales.orders_2025",), ("orders_2025",), False),
        (("sales.orders",), ("orders",), True),
        (("sales.customer",), ("customer",), True),
        (("sales.customer", "sales.orders"), ("orders", "customer"), True),
        (("sales.parent",), ("child", "parent"), False),
        (('"Wéird ""Schäma"" 🐘"."T.a*b?le ""1"""',), (ODD,), False),
        (("sales.duplicates", "sales.no_columns"), ("duplicates", "no_columns"), False),
        (("sales.scratch",), ("scratch",), False),
        (("sales.basket",), ("basket",), False),
    ],
    ids=lambda value: str(value) if not isinstance(value, bool) else "",
)
def test_dropped_with_all_that_stood_on_it_it_comes_back_as_it_was(
    live: Live, dropped: tuple[str, ...], chosen: tuple[str | TableName, ...], dependents: bool
) -> None:
    live.run(f"DROP TABLE {', '.join(dropped)} CASCADE")
    _, done = live.merge(live.wish(*chosen, dependents=dependents))
    assert (done.differences, done.verdict) == ((), Verdict.PROVEN)
    assert live.differences() == ()


def test_only_the_files_of_the_chosen_table_are_fetched(live: Live) -> None:
    live.run("DROP TABLE sales.duplicates")
    plan = live.plan(live.wish("duplicates"))
    artifacts = live.manifest.artifacts
    of_it = [e for e in artifacts if e.table == TableName("sales", "duplicates")]
    contents = [e for e in artifacts if e.role.value == "table of contents"]
    assert len(of_it) == 1
    assert plan.fetch_bytes == sum(e.sealed_bytes for e in (*of_it, *contents))


def test_what_else_is_gone_is_told_and_left_where_it_was_not_asked_for(live: Live) -> None:
    live.run("DROP TABLE sales.orders CASCADE")
    (check,) = (e for e in live.plan(live.wish("orders")).checks if e.name == "gone with it")
    assert check.state is CheckState.WARNING
    assert "view sales.busy" in check.what
    assert "materialized view sales.sums" in check.what
    live.merge(live.wish("orders"))
    assert live.ask("SELECT to_regclass('sales.busy') IS NULL") == [(True,)]


def test_a_type_a_function_and_a_schema_that_are_missing_too_come_back(live: Live) -> None:
    live.run("DROP SCHEMA sales CASCADE; DROP EXTENSION hstore")
    plan = live.plan(live.wish("customer"))
    (needed,) = (each for each in plan.checks if each.name == "needed objects")
    for told in ("schema sales", "extension hstore", "type sales.mood", "sales.natural", "1 more"):
        assert told in needed.what
    _, done = live.merge(live.wish("customer"))
    assert live.ask("SELECT count(*) FROM sales.customer") == [(3,)]
    assert [e for e in done.differences if "orders" not in e and "basket" not in e] == []


def test_a_table_that_it_needs_and_that_was_not_chosen_is_named(live: Live) -> None:
    live.run("DROP TABLE sales.parent CASCADE")
    (stop,) = live.plan(live.wish("child")).stops
    assert "--table sales.parent" in stop.remedy


def test_rows_that_violate_a_foreign_key_are_told_and_the_table_stays(live: Live) -> None:
    live.run("DROP TABLE sales.customer CASCADE; INSERT INTO sales.basket VALUES (7, 5), (8, 5)")
    _, done = live.merge(live.wish("customer", dependents=True))
    assert done.verdict is Verdict.DIFFERENCES
    (told,) = done.differences
    assert "basket_customer_fkey of sales.basket: 2 rows refer to what is not in" in told
    look = told.partition("look: ")[2].partition(";")[0]
    assert live.ask(look) == [(7, 5), (8, 5)]
    assert live.ask("SELECT count(*) FROM sales.customer") == [(3,)]
    assert live.ask(
        "SELECT convalidated FROM pg_constraint WHERE conname = 'basket_customer_fkey'"
    ) == [(False,)]


def test_a_foreign_key_of_a_partitioned_table_that_its_rows_violate_is_told(live: Live) -> None:
    live.run("DROP TABLE sales.orders CASCADE; DELETE FROM sales.customer WHERE id = 1001")
    _, done = live.merge(live.wish("orders"))
    (told,) = done.differences
    assert "orders_customer_fkey" in told
    assert live.ask("SELECT count(*) FROM sales.orders") == [(400,)]


def test_a_role_that_owns_neither_gets_what_it_may(live: Live) -> None:
    live.run(
        "DROP TABLE sales.duplicates; DROP ROLE IF EXISTS modest;"
        " CREATE ROLE modest LOGIN PASSWORD 'modest'; GRANT CREATE, USAGE ON SCHEMA sales TO modest"
    )
    with live.connecting_as("modest"):
        (stop,) = live.plan(live.wish("duplicates")).stops
        assert "GRANT CREATE ON DATABASE" in stop.remedy
        live.run(f"GRANT CREATE ON DATABASE {live.name} TO modest")
        _, done = live.merge(live.wish("duplicates"))
    assert live.ask("SELECT count(*) FROM sales.duplicates") == [(30,)]
    assert live.ask(
        "SELECT relowner::regrole::text FROM pg_class WHERE relname = 'duplicates'"
    ) == [("modest",)]
    assert done.differences == ("what belonged to postgres belongs to the role that restored it",)


@pytest.mark.parametrize("create_roles", [False, True])
def test_a_role_that_is_gone_is_done_without_and_told_or_made(
    live: Live, create_roles: bool
) -> None:
    live.run("DROP TABLE sales.basket; ALTER ROLE everything_reader RENAME TO gone")
    try:
        _, done = live.merge(live.wish("basket", create_roles=create_roles))
        grants = live.ask(
            "SELECT relacl::text ~ 'everything_reader' FROM pg_class WHERE relname = 'basket'"
        )
        live.run("DROP OWNED BY everything_reader; DROP ROLE everything_reader" * create_roles)
    finally:
        live.run("ALTER ROLE gone RENAME TO everything_reader")
    assert live.ask("SELECT count(*) FROM sales.basket") == [(3,)]
    if create_roles:
        assert (done.differences, grants) == ((), [(True,)])
    else:
        (told,) = done.differences
        assert told.startswith("role everything_reader is not on the server")


def test_a_policy_for_a_role_that_is_gone_stops_it_before(live: Live) -> None:
    live.run("DROP TABLE sales.customer CASCADE; ALTER ROLE everything_reader RENAME TO gone")
    try:
        (stop,) = live.plan(live.wish("customer")).stops
    finally:
        live.run("ALTER ROLE gone RENAME TO everything_reader")
    assert "everything_reader" in stop.what


def test_undone_it_is_gone_again_with_all_that_came(live: Live) -> None:
    live.run("DROP TABLE sales.customer CASCADE")
    before = live.ask("SELECT relname, relkind FROM pg_class ORDER BY 1")
    operation, _ = live.merge(live.wish("customer", dependents=True))
    assert "sales.customer" in live.undo(operation)
    assert live.ask("SELECT relname, relkind FROM pg_class ORDER BY 1") == before
    with pytest.raises(RestoreError, match="can't be undone"):
        live.undo(operation)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ("INSERT INTO sales.duplicates VALUES (9, 'new')", "has 31 rows now"),
        ("UPDATE sales.duplicates SET b = 'x' WHERE a = 1", "were changed"),
        ("DROP TABLE sales.duplicates", "not there any more"),
        ("ALTER TABLE sales.duplicates RENAME TO kept", "is called sales.kept now"),
        ("CREATE VIEW sales.on_it AS SELECT * FROM sales.duplicates", "depend"),
    ],
)
def test_what_was_put_to_use_since_is_not_undone(live: Live, change: str, why: str) -> None:
    live.run("DROP TABLE sales.duplicates")
    operation, _ = live.merge(live.wish("duplicates"))
    live.run(change)
    before = live.ask("SELECT oid, relname FROM pg_class ORDER BY 1")
    with pytest.raises(RestoreError) as refused:
        live.undo(operation)
    assert why in refused.value.why
    assert live.ask("SELECT oid, relname FROM pg_class ORDER BY 1") == before


def test_a_lock_that_somebody_holds_is_told_with_who_it_is(live: Live) -> None:
    live.run('DROP TABLE sales."orders 2025 cheap" CASCADE')
    before = live.ask("SELECT oid, relname FROM pg_class ORDER BY 1")
    with psycopg.connect(live.dsn, application_name="migration") as holder:
        holder.execute("LOCK TABLE sales.orders_2025 IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(RestoreError) as refused:
            live.merge(live.wish("orders 2025 cheap"))
    assert "migration" in refused.value.why
    assert live.ask("SELECT oid, relname FROM pg_class ORDER BY 1") == before


@pytest.mark.parametrize("phase", ["fetch", "definitions", "rows", "foreign keys"])
def test_who_cancels_it_finds_all_as_it_was(live: Live, phase: str) -> None:
    live.run("DROP TABLE sales.customer CASCADE")
    before = live.ask("SELECT oid, relname FROM pg_class ORDER BY 1")
    live.reporter = Stops(phase)
    with pytest.raises(CancelledError):
        live.merge(live.wish("customer", dependents=True))
    assert live.ask("SELECT oid, relname FROM pg_class ORDER BY 1") == before


def test_nothing_of_a_damaged_backup_reaches_the_live_database(live: Live, backed: Backed) -> None:
    live.run("DROP TABLE sales.duplicates")
    (rows,) = (e for e in live.manifest.artifacts if e.table == TableName("sales", "duplicates"))
    folder = backed.site.local / SERVER / rows.backup_id / "artifacts"
    path = folder / f"{rows.name}.sealed"
    whole, catalog = path.read_bytes(), backed.site.store.catalog
    entry = catalog.get(rows.backup_id)
    assert entry is not None
    before = live.ask("SELECT oid, relname FROM pg_class ORDER BY 1")
    try:
        path.write_bytes(whole[:-1])
        with pytest.raises(DamagedArtifactError):
            live.merge(live.wish("duplicates"))
    finally:
        path.write_bytes(whole)
        catalog.record_copy(entry.copies[0])
    assert live.ask("SELECT oid, relname FROM pg_class ORDER BY 1") == before


def test_a_name_that_something_else_bears_is_told_before(live: Live) -> None:
    live.run("DROP TABLE sales.orders CASCADE; CREATE TABLE sales.orders_2024 (mine int)")
    (stop,) = live.plan(live.wish("orders")).stops
    assert "sales.orders_2024" in stop.what


def test_two_at_once_make_one_table(live: Live) -> None:
    live.run("DROP TABLE sales.duplicates")
    ended: list[object] = []

    def one() -> None:
        try:
            ended.append(live.merge(live.wish("duplicates"))[1].verdict)
        except RestoreError as error:
            ended.append(error.what)

    both = [threading.Thread(target=one) for _ in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert sorted(str(each) for each in ended)[-1] == "proven"
    assert live.ask("SELECT count(*) FROM sales.duplicates") == [(30,)]
    assert live.differences() == ()


def test_of_a_backup_that_is_one_stream_it_comes_back_too(live: Live, backed: Backed) -> None:
    dump = replace(backed.site.settings.dump, staging_share=1e12)
    streamed = backed.site.changed(dump=dump).take().manifest
    assert any("streamed" in note for note in streamed.notes)
    live.run("DROP TABLE sales.customer CASCADE; DELETE FROM sales.duplicates WHERE a = 1")
    wish = live.wish("customer", "duplicates", dependents=True, backup_id=streamed.backup_id)
    _, done = live.merge(wish)
    (told,) = done.differences
    assert "sales.duplicates: 10 rows only in the backup" in told
    live.run("DROP TABLE sales.duplicates")
    live.merge(live.wish("duplicates"))
    assert live.differences() == ()
