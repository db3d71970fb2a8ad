"""Only all of a database, with its rows, takes the live one's place; what else lacks is told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from core.postgres.embedded import EmbeddedServer
from tests.postgres.backup.conftest import TABLES, run
from tests.servers.backing_up import backup_site
from tests.servers.backup_host import Host
from tests.servers.databases import execute, fresh_database

GONE = "CREATE COLLATION pg_catalog.gone_from_here (provider = libc, locale = 'C')"
SPARE = "CREATE TABLE spare (id int)"
SORTED = "CREATE TABLE sorted (name text COLLATE pg_catalog.gone_from_here)"


@dataclass(frozen=True)
class Backups:
    """One database, and the ids of its backups: of all, of definitions, of parts."""

    host: Host
    full: str
    schema: str
    data: str
    without_items: str

    @property
    def database(self) -> str:
        return self.host.site.server_database

    def checked(self, *asked: str, code: int = 0) -> dict[str, dict[str, str]]:
        """The checks of a plan, by name."""
        made = self.host.restores.told("plan", *asked, code=code)["plan"]
        return {each["name"]: each for each in made["checks"]}

    def tables(self) -> set[str]:
        with psycopg.connect(self.host.site.dsn) as connection:
            found = connection.execute(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
            )
            return {name for (name,) in found}


@pytest.fixture(scope="module")
def backups(
    postgres: EmbeddedServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Backups]:
    """A host whose tests plan, and never get to do it.

    One collation is in the database alone, as an operating system's that came later would be.
    """
    with fresh_database(postgres) as name:
        dsn = postgres.dsn(name)
        run(dsn, TABLES)
        for statement in (GONE, SORTED, SPARE):
            run(dsn, statement)
        with backup_site(tmp_path_factory.mktemp("host"), postgres, dsn) as site:
            full = site.take().manifest.backup_id
            schema = site.take("schema").manifest.backup_id
            data = site.take("data", tables=["public.orders"]).manifest.backup_id
            leaving_out = replace(site.settings.backup, exclude_tables=("public.items",))
            without = site.changed(backup=leaving_out).take().manifest.backup_id
            yield Backups(Host(site), full, schema, data, without)


@pytest.mark.parametrize(
    ("backup", "more", "why"),
    [
        ("full", ("--table", "public.orders"), "only a part of the backup is wanted"),
        ("full", ("--schema", "public"), "only a part of the backup is wanted"),
        ("full", ("--schema-only",), "only a part of the backup is wanted"),
        ("schema", (), "of definitions alone: every row of"),
        ("data", (), "only what was chosen for it (tables public.orders)"),
        ("without_items", (), "leaves out public.items"),
    ],
)
def test_a_part_does_not_take_the_place_of_a_live_database(
    backups: Backups, backup: str, more: tuple[str, ...], why: str
) -> None:
    asked = ("--swap", "--backup", getattr(backups, backup), *more)
    check = backups.checked(*asked, code=2)["what comes back"]
    assert (check["state"], why in check["what"]) == ("stop", True), check["what"]
    assert check["remedy"]


def test_what_a_live_database_has_that_nobody_can_look_into_is_not_known(backups: Backups) -> None:
    allow = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
    name, server = sql.Identifier(backups.database), backups.host.site.server
    execute(server, allow.format(name, sql.SQL("false")))
    try:
        asked = ("--swap", "--backup", backups.without_items)
        check = backups.checked(*asked, code=2)["what comes back"]
    finally:
        execute(server, allow.format(name, sql.SQL("true")))
    assert (check["state"], "without tables public.items" in check["what"]) == ("unknown", True)


def test_all_of_it_does_and_its_plan_says_so(backups: Backups) -> None:
    check = backups.checked("--swap", "--backup", backups.full)["what comes back"]
    assert (check["state"], check["what"]) == ("ok", f"all of the database {backups.database}")


def test_such_a_plan_can_not_be_run_whoever_confirms_it(backups: Backups, tmp_path: Path) -> None:
    before, out = backups.tables(), tmp_path / "swap.plan"
    asked = ("--swap", "--table", "public.orders", "--out", out)
    assert backups.host.restores.run("plan", *asked)[0] == 2
    code, told, err = backups.host.restores.run("run", out, "--confirm", backups.database)
    assert code != 0, told
    assert "only a part of the backup is wanted" in told + err
    assert backups.tables() == before


def test_beside_what_comes_back_empty_or_is_a_part_is_told(backups: Backups) -> None:
    told = {}
    for name in ("full", "schema", "data"):
        check = backups.checked("--backup", getattr(backups, name))["what comes back"]
        told[name] = (check["state"], check["what"])
    assert told == {
        "full": ("ok", f"all of the database {backups.database}"),
        "schema": (
            "warning", "the backup is of definitions alone: every table comes back empty"
        ),
        "data": ("warning", "the backup has only what was chosen for it: tables public.orders"),
    }  # fmt: skip


def test_a_table_that_is_gone_does_not_come_back_empty_into_the_live_database(
    backups: Backups,
) -> None:
    run(backups.host.site.dsn, "DROP TABLE spare")
    asked = ("--merge", "--table", "public.spare", "--backup")
    try:
        check = backups.checked(*asked, backups.schema, code=2)["what comes back"]
        rowless = backups.checked(*asked, backups.schema, "--schema-only")
        backups.checked(*asked, backups.full)
    finally:
        run(backups.host.site.dsn, SPARE)
    assert (check["state"], "would come back empty" in check["what"]) == ("stop", True)
    assert "what comes back" not in rowless


def test_a_collation_that_the_server_lacks_is_said_before(backups: Backups) -> None:
    later = backups.checked("--backup", backups.full)["collations"]
    assert later["state"] == "unknown"
    assert "gone_from_here came to the server after it was set up" in later["what"]
    run(backups.host.site.dsn, "DROP TABLE sorted")
    run(backups.host.site.dsn, "DROP COLLATION pg_catalog.gone_from_here")
    try:
        check = backups.checked("--backup", backups.full, code=2)["collations"]
        others = ("--backup", backups.full, "--table", "public.orders")
        spared = backups.checked(*others)["collations"]
    finally:
        run(backups.host.site.dsn, GONE)
        run(backups.host.site.dsn, SORTED)
    assert check["state"] == "stop"
    assert "does not have the collation gone_from_here" in check["what"]
    assert spared["state"] == "ok"


def test_a_plan_before_the_oldest_backup_says_when_that_is(backups: Backups) -> None:
    code, _, err = backups.host.restores.run("plan", "--before", "2001-01-01")
    assert (code, f"the oldest, {backups.full}, is of" in err) == (3, True), err
