"""What people say must be true, and pg_amcheck, after partial restores and merges."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from core.backup.progress import SilentReporter
from core.config.restore_settings import AssertSettings, RestoreSettings
from core.model.backup import TableName
from core.model.restore import RestoreWish, TargetKind
from core.model.restore_operation import Verdict
from core.postgres.embedded import EmbeddedServer
from core.restore.validate import amcheck_live
from tests.postgres.restore.conftest import WRONG_ORDER
from tests.servers.backing_up import backup_site
from tests.servers.cancelling import CancelledIn
from tests.servers.databases import fresh_database
from tests.servers.dumping import SILENT, clients, endpoint
from tests.servers.merging import Live, live_copy

TABLES = """
CREATE TABLE orders (id int PRIMARY KEY, total numeric NOT NULL);
INSERT INTO orders SELECT n, n FROM generate_series(1, 200) AS n;
CREATE TABLE items (id int PRIMARY KEY, order_id int REFERENCES orders);
INSERT INTO items SELECT n, n FROM generate_series(1, 50) AS n;
"""
MUST_BE_TRUE = RestoreSettings(
    assert_=(
        AssertSettings("orders are there", sql="SELECT count(*) >= 200 FROM public.orders"),
        AssertSettings("items are there", sql="SELECT count(*) >= 50 FROM public.items"),
        AssertSettings("totals add up", sql="SELECT sum(total) = 20100 FROM public.orders"),
    )
)
ORDERS, ITEMS = TableName("public", "orders"), TableName("public", "items")


@pytest.fixture(scope="module")
def source(postgres: EmbeddedServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A backed up database, and the assertions that its config has."""
    with fresh_database(postgres) as name:
        dsn = postgres.dsn(name)
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute(TABLES.encode())
        folder = tmp_path_factory.mktemp("host")
        with backup_site(folder, postgres, dsn) as site:
            manifest = site.take().manifest
            asked = site.changed(restore=MUST_BE_TRUE)
            yield Live(asked, manifest, asked.server_database, folder, SilentReporter())


@pytest.fixture
def live(source: Live, tmp_path: Path) -> Iterator[Live]:
    """A live database, as it was when the backup was taken."""
    with live_copy(source.site, source.manifest, tmp_path) as made:
        yield made


def beside(live: Live, *tables: TableName, rows: bool = True) -> RestoreWish:
    """Some tables as a new database."""
    name = f"{live.name}_part"
    return replace(live.wish(*tables, rows=rows), target=TargetKind.BESIDE, target_database=name)


def names(told: tuple[str, ...]) -> list[str]:
    return [each.partition(":")[0] for each in told]


def test_of_a_part_what_is_not_there_does_not_apply_and_is_named(live: Live) -> None:
    wish = beside(live, ORDERS)
    (step,) = (each for each in live.plan(wish).steps if "must be true" in each.what)
    assert "what is not there does not apply" in step.what
    _, done = live.merge(wish)
    assert (done.verdict, done.differences) == (Verdict.PROVEN, ())
    assert names(done.unchecked) == ["assertion items are there does not apply"]


def test_of_definitions_alone_nothing_is_said_of_rows(live: Live) -> None:
    _, done = live.merge(beside(live, ORDERS, ITEMS, rows=False))
    assert done.differences == ()
    assert names(done.unchecked) == [
        f"assertion {each.name} does not apply" for each in MUST_BE_TRUE.assert_
    ]


def test_after_a_merge_the_live_database_is_asked(live: Live) -> None:
    live.run("DROP TABLE items; CREATE EXTENSION amcheck")
    plan = live.plan(live.wish(ITEMS))
    assert [each.phase for each in plan.steps][-2:] == ["pg_amcheck", "validate"]
    _, done = live.merge(live.wish(ITEMS))
    assert (done.verdict, done.differences, done.unchecked) == (Verdict.PROVEN, (), ())


def test_a_faulty_index_of_a_merged_partition_is_found_whatever_its_name(live: Live) -> None:
    odd, part = 'Ödd."t*b?le"', 'its "p.rt"'
    quoted = [f'"{each.replace(chr(34), chr(34) * 2)}"' for each in (odd, part)]
    live.run(
        f"CREATE EXTENSION amcheck; CREATE TABLE {quoted[0]} (id int) PARTITION BY RANGE (id);"
        f" CREATE TABLE {quoted[1]} PARTITION OF {quoted[0]} DEFAULT;"
        f" INSERT INTO {quoted[0]} SELECT generate_series(1, 3000);"
        + WRONG_ORDER.replace("ON orders", f"ON {quoted[1]}")
    )
    at, its = endpoint(live.dsn), clients(live.site.tools)
    checked = amcheck_live(at, its, SILENT, [TableName("public", odd)])
    assert any("wrong order" in each for each in checked.findings), checked
    assert amcheck_live(at, its, SILENT, [ORDERS]).findings == ()


def test_a_table_that_is_not_in_the_live_database_either_is_named(live: Live) -> None:
    live.run("DROP TABLE items, orders")
    _, done = live.merge(live.wish(ORDERS))
    assert names(done.unchecked) == [
        "pg_amcheck was not run",
        "assertion items are there does not apply",
    ]
    assert "does not have its extension" in done.unchecked[0]
    assert live.ask("SELECT count(*) FROM pg_extension WHERE extname = 'amcheck'") == [(0,)]


def test_what_is_not_true_after_a_merge_is_told_with_the_way_back(live: Live) -> None:
    live.run("UPDATE orders SET total = 0 WHERE id = 1; DROP TABLE items")
    operation, done = live.merge(live.wish(ITEMS))
    assert done.verdict is Verdict.DIFFERENCES
    assert names(done.differences) == ["assertion totals add up"]
    assert f"pgvigil restore undo {operation.operation_id}" in done.what
    assert live.ask("SELECT count(*) FROM items") == [(50,)]
    live.undo(operation)
    assert live.ask("SELECT to_regclass('items') IS NULL") == [(True,)]


def test_after_rows_were_merged_the_live_database_is_asked(live: Live) -> None:
    live.run("DELETE FROM orders WHERE id > 100; DELETE FROM items")
    first, staged = live.merge(live.wish(ORDERS))
    assert staged.unchecked == ()
    wish = live.wish(staged_by=first.operation_id, backup_id=first.backup_id, repository="local")
    second, done = live.merge(wish)
    assert names(done.differences) == ["assertion items are there"]
    assert f"pgvigil restore undo {second.operation_id}" in done.what


def test_who_cancels_after_the_merge_is_told_that_it_stays(live: Live) -> None:
    live.run("DELETE FROM items WHERE order_id > 10; DROP TABLE orders CASCADE")
    live.reporter = CancelledIn("validate")
    _, done = live.merge(live.wish(ORDERS))
    assert done.verdict is Verdict.DIFFERENCES
    assert any("cancelled" in each and "the merge stays" in each for each in done.differences)
    assert any("not validated" in each for each in done.differences)
    assert live.ask("SELECT count(*) FROM orders") == [(200,)]
