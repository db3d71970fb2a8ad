"""Parts of a backup that need more than themselves: views, sequences, policies, partitions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.config.dump_settings import DumpSettings
from core.model.backup import ArchiveFormat, TableName
from core.postgres.embedded import Programs, ServerAccount
from tests.conftest import ProgramsOf
from tests.postgres.backup.conftest import run
from tests.servers.backing_up import backup_site
from tests.servers.everything import drop_database
from tests.servers.factory import ServerFactory
from tests.servers.restoring_parts import NAME, Backed

SHOP = """
CREATE SCHEMA base; CREATE SCHEMA report; CREATE SCHEMA "Öd ""d";
CREATE SEQUENCE base.numbers START 500;
CREATE TABLE base.orders (id int PRIMARY KEY DEFAULT nextval('base.numbers'), amount int,
                          serial serial, always int GENERATED ALWAYS AS IDENTITY (START 70));
INSERT INTO base.orders (amount) SELECT n FROM generate_series(1, 100) AS n;
CREATE MATERIALIZED VIEW base.sums AS SELECT sum(amount) AS total FROM base.orders;
CREATE MATERIALIZED VIEW report.double AS SELECT total * 2 AS twice FROM base.sums;
CREATE UNIQUE INDEX ON report.double (twice);
CREATE MATERIALIZED VIEW report.empty AS SELECT 1 AS one WITH NO DATA;
CREATE VIEW report.big AS SELECT id FROM base.orders WHERE amount > 50;
CREATE TABLE report.own (id int DEFAULT nextval('base.numbers'), note text);
INSERT INTO report.own (note) VALUES ('a'), ('b');
CREATE TABLE base.secret (owner name, told text);
INSERT INTO base.secret VALUES ('anna', 'x'), ('bob', 'y');
ALTER TABLE base.secret ENABLE ROW LEVEL SECURITY; ALTER TABLE base.secret FORCE ROW LEVEL SECURITY;
CREATE POLICY "own; rows" ON base.secret USING (owner = current_user);
CREATE TABLE base.events (at date NOT NULL, what text) PARTITION BY RANGE (at);
CREATE TABLE base.events_1 PARTITION OF base.events
    FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE "Öd ""d"."événts 2" PARTITION OF base.events
    FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE INDEX ON base.events (what);
INSERT INTO base.events SELECT date '2025-06-01' + n * 10, 'e' || n
  FROM generate_series(1, 40) AS n;
"""


@pytest.fixture(
    scope="module",
    params=[(15, 1.0), (18, 1.0), (18, 1e12)],
    ids=["postgresql 15", "postgresql 18", "a stream"],
)
def backed(
    request: pytest.FixtureRequest,
    programs: Programs,
    programs_of: ProgramsOf,
    servers_folder: Path,
    account: ServerAccount,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Backed]:
    """A server of its own, and one backup for all tests here: files, or one stream."""
    major, share = request.param
    factory = ServerFactory(servers_folder, programs, account)
    try:
        server = factory(programs=programs_of(major))
        run(server.dsn(), "CREATE DATABASE shop")
        run(server.dsn("shop"), SHOP)
        folder = tmp_path_factory.mktemp("site")
        with backup_site(folder, server, server.dsn("shop")) as site:
            dump = DumpSettings(nice=0, staging_share=share)
            yield Backed(site, site.changed(dump=dump).take().manifest)
    finally:
        factory.remove_all()


@pytest.fixture(autouse=True)
def _taken_away(backed: Backed) -> Iterator[None]:
    yield
    drop_database(backed.site.server, NAME)


def test_a_schema_whose_views_stand_on_another_one_says_which_tables_come_empty(
    backed: Backed, tmp_path: Path
) -> None:
    found, _ = backed.restore(tmp_path / "staging", schemas=("report",))
    assert (found.differences, found.tables) == ((), 1)
    assert backed.asked("SELECT count(*) FROM base.orders") == 0
    assert backed.asked("SELECT twice FROM report.double") is None
    assert backed.without_rows(schemas=("report",)) == (TableName("base", "orders"),)


def test_two_schemas_have_their_views_full_and_what_was_not_populated_is_not(
    backed: Backed, tmp_path: Path
) -> None:
    found, _ = backed.restore(tmp_path / "staging", schemas=("report", "base"))
    assert found.differences == ()
    assert backed.asked("SELECT twice FROM report.double") == 10100
    assert backed.asked("SELECT count(*) FROM report.big") == 50
    populated = "SELECT relispopulated FROM pg_class WHERE relname = 'empty'"
    assert backed.asked(populated) is False
    assert TableName("base", "orders") not in backed.without_rows(schemas=("report", "base"))


def test_sequences_go_on_where_they_were_whoever_they_belong_to(
    backed: Backed, tmp_path: Path
) -> None:
    found, _ = backed.restore(tmp_path / "staging", TableName("base", "orders"))
    assert found.differences == ()
    # 100 orders and two others had a number of it.
    assert backed.asked("SELECT nextval('base.numbers')") == 602
    row = "INSERT INTO base.orders (amount) VALUES (1) RETURNING (id, serial, always)::text"
    assert backed.asked(row) == "(603,101,170)"


def test_a_table_with_row_security_has_all_its_rows_and_its_policies(
    backed: Backed, tmp_path: Path
) -> None:
    found, _ = backed.restore(tmp_path / "staging", TableName("base", "secret"))
    assert (found.differences, found.rows) == ((), 2)
    assert backed.asked("SELECT polname FROM pg_policy") == "own; rows"
    forced = "SELECT relforcerowsecurity FROM pg_class WHERE relname = 'secret'"
    assert backed.asked(forced) is True


def test_a_partition_alone_is_attached_to_a_parent_without_the_others(
    backed: Backed, tmp_path: Path
) -> None:
    table = TableName('Öd "d', "événts 2")
    found, fetched = backed.restore(tmp_path / "staging", table)
    assert (found.differences, found.tables) == ((), 1)
    assert backed.asked("SELECT count(*) FROM base.events") == 19
    assert backed.asked("SELECT count(*) FROM pg_inherits i JOIN pg_class c"
                        " ON c.oid = i.inhrelid WHERE relkind = 'r'") == 1  # fmt: skip
    assert backed.asked("SELECT bool_and(indisvalid) FROM pg_index") is True
    if backed.manifest.archive_format is ArchiveFormat.DIRECTORY:
        assert fetched == backed.fetched_for(table)


def test_a_partitioned_table_comes_with_its_partitions_in_other_schemas(
    backed: Backed, tmp_path: Path
) -> None:
    found, _ = backed.restore(tmp_path / "staging", TableName("base", "events"))
    assert (found.differences, found.tables) == ((), 2)
    assert backed.asked("SELECT count(*) FROM base.events") == 40


def test_definitions_of_a_schema_leave_its_materialised_views_unpopulated(
    backed: Backed, tmp_path: Path
) -> None:
    found, _ = backed.restore(tmp_path / "staging", schemas=("base",), rows=False)
    assert (found.differences, found.rows) == ((), 0)
    populated = "SELECT relispopulated FROM pg_class WHERE relname = 'sums'"
    assert backed.asked(populated) is False
    assert backed.asked("SELECT nextval('base.numbers')") == 500
