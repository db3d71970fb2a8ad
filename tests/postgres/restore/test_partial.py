"""Parts of a backup as a new database: only their files are fetched, and each part is compared."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.errors import BackupError
from core.model.backup import TableName
from core.postgres.embedded import EmbeddedServer, Programs, ServerAccount
from tests.conftest import ProgramsOf
from tests.servers.backing_up import backup_site
from tests.servers.everything import drop_database, everything
from tests.servers.factory import ServerFactory
from tests.servers.restoring_parts import NAME, Backed, Counting

ODD = TableName('Wéird "Schäma" 🐘', 'T.a*b?le "1"')
CUSTOMER, ORDERS = TableName("sales", "customer"), TableName("sales", "orders")


@pytest.fixture(scope="module", params=[15, 18], ids=lambda major: f"postgresql {major}")
def backed(
    request: pytest.FixtureRequest,
    programs: Programs,
    programs_of: ProgramsOf,
    servers_folder: Path,
    account: ServerAccount,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Backed]:
    """A server of its own, and one backup for all tests here."""
    factory = ServerFactory(servers_folder, programs, account)
    try:
        server: EmbeddedServer = factory(programs=programs_of(request.param))
        folder = tmp_path_factory.mktemp("site")
        with everything(server) as name, backup_site(folder, server, server.dsn(name)) as site:
            yield Backed(site, site.take().manifest)
    finally:
        factory.remove_all()


@pytest.fixture(autouse=True)
def _taken_away(backed: Backed) -> Iterator[None]:
    yield
    drop_database(backed.site.server, NAME)


@pytest.mark.parametrize("table", [CUSTOMER, ODD], ids=lambda table: table.name)
def test_one_table_costs_its_own_files_and_the_table_of_contents(
    backed: Backed, tmp_path: Path, table: TableName
) -> None:
    found, fetched = backed.restore(tmp_path / "staging", table)
    assert (found.differences, found.tables) == ((), 1)
    assert fetched == backed.fetched_for(table)


@pytest.mark.parametrize(
    ("table", "workers"), [(CUSTOMER, 2), (ODD, 1)], ids=["by several", "by one"]
)
def test_the_phases_of_a_part_are_told_as_those_of_everything(
    backed: Backed, tmp_path: Path, table: TableName, workers: int
) -> None:
    heard = Counting()
    backed.reported(heard, tmp_path / "staging", table)
    assert backed.workers(table) == workers
    assert [*heard.done][:4] == ["fetch", "definitions", "rows", "indexes and constraints"]
    assert heard.done["rows"] > 0


def test_tables_come_with_the_foreign_keys_between_them(backed: Backed, tmp_path: Path) -> None:
    found, _ = backed.restore(tmp_path / "staging", CUSTOMER, ORDERS)
    assert found.differences == ()
    assert found.tables > 2
    assert backed.asked("SELECT count(*) FROM pg_constraint WHERE contype = 'f'") != 0


def test_a_foreign_key_to_a_table_that_is_not_chosen_is_left_out_and_told(
    backed: Backed, tmp_path: Path
) -> None:
    found, _ = backed.restore(tmp_path / "staging", ORDERS)
    (told,) = found.differences
    assert told.startswith("foreign key orders_")
    assert told.endswith(" of sales.orders is left out: sales.customer is not chosen")
    assert backed.asked("SELECT count(*) FROM pg_constraint WHERE contype = 'f'") == 0
    assert found.unchecked == ()


def test_what_came_with_a_table_and_is_not_as_it_was_is_told(
    backed: Backed, tmp_path: Path
) -> None:
    backed.restore(tmp_path / "staging", CUSTOMER)
    assert backed.looked_at(tmp_path, CUSTOMER).differences == ()
    backed.change(
        "ALTER TABLE sales.customer OWNER TO everything_reader",
        "DROP TRIGGER stamped ON sales.customer",
        "ALTER TABLE sales.customer DISABLE ROW LEVEL SECURITY",
        "ALTER POLICY own_rows ON sales.customer USING (true)",
        'REVOKE SELECT ("E-Mail") ON sales.customer FROM everything_reader',
    )
    found = backed.looked_at(tmp_path, CUSTOMER)
    assert found.unchecked == ()
    assert {
        "table sales.customer: belongs to everything_reader instead of everything_owner",
        "trigger sales.customer stamped: missing",
        "row security sales.customer: missing",
        "policy sales.customer own_rows: belongs to everything_reader instead of everything_owner",
    } <= set(found.differences)
    backed.change("ALTER TABLE sales.customer OWNER TO everything_owner")
    told = backed.looked_at(tmp_path, CUSTOMER).differences
    assert "policy sales.customer own_rows: another definition" in told
    assert [each for each in told if each.startswith("acl sales.COLUMN")]


def test_a_schema_comes_with_all_that_is_in_it(backed: Backed, tmp_path: Path) -> None:
    found, _ = backed.restore(tmp_path / "staging", schemas=("sales",))
    inside = [each for each in backed.manifest.fingerprint.tables if each.schema == "sales"]
    assert (found.differences, found.tables) == ((), len(inside))
    assert backed.asked("SELECT count(*) FROM pg_matviews WHERE schemaname = 'sales'") != 0
    others = "SELECT count(*) FROM pg_tables WHERE schemaname !~ '^(pg_|information|sales)'"
    assert backed.asked(others) == 0


def test_definitions_alone_are_all_definitions_and_no_rows(backed: Backed, tmp_path: Path) -> None:
    found, fetched = backed.restore(tmp_path / "staging", rows=False)
    assert (found.differences, found.unchecked, found.rows) == ((), (), 0)
    assert fetched == backed.fetched_for()
    assert backed.asked("SELECT count(*) FROM sales.customer") == 0


def test_a_schema_that_the_backup_lacks_is_said(backed: Backed, tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="The backup has no schema gone"):
        backed.restore(tmp_path / "staging", schemas=("gone",))
