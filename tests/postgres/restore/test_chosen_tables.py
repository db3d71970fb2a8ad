"""Tables chosen out of an archive come back by plain pg_restore with all that belongs to them."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.backup.dump.table_of_contents import (
    TableOfContents,
    TocEntry,
    read_table_of_contents,
)
from core.backup.fingerprint.normal import normal_expression
from core.errors import BackupError
from core.model.backup import TableName
from core.model.fingerprint import TableFingerprint
from core.model.restore import ChosenTable
from core.postgres.client_programs import ClientPrograms
from core.postgres.embedded import EmbeddedServer, Programs, ServerAccount
from core.restore.archive.choice import Choice, choose
from core.restore.archive.list_file import list_file
from tests.conftest import ProgramsOf
from tests.servers.dumping import clients, dump, fingerprint
from tests.servers.everything import empty_database, everything
from tests.servers.factory import ServerFactory

ODD = TableName('Wéird "Schäma" 🐘', 'T.a*b?le "1"')


@dataclass(frozen=True)
class Dumped:
    """A database that has everything, and its archive."""

    server: EmbeddedServer
    programs: ClientPrograms
    name: str
    archive: Path
    contents: TableOfContents
    tables: dict[TableName, TableFingerprint]

    def choice(self, *tables: TableName, with_rows: bool = True) -> Choice:
        return choose(self.contents, [ChosenTable(each, with_rows) for each in tables])

    def restore(self, database: str, entries: Iterable[TocEntry], at: Path) -> None:
        at.write_bytes(list_file(entries))
        self.run("pg_restore", "--exit-on-error", "-L", at, "-d", database, self.archive)

    def run(self, program: str, *arguments: object) -> str:
        done = subprocess.run(
            [self.programs.path(program), *map(str, arguments)],
            env=self.programs.environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def definition(self, database: str, table: TableName) -> list[str]:
        """What pg_dump says of a table, without what is written in each run."""
        quoted = ".".join(
            '"{}"'.format(each.replace('"', '""')) for each in (table.schema, table.name)
        )
        text = self.run("pg_dump", "--schema-only", "-t", quoted, "-d", database)
        statements = re.split(r";\n", re.sub(r"^(--|\\|SET|SELECT).*\n", "", text, flags=re.M))
        return sorted(normal_expression(each.strip()) for each in statements if each.strip())


@pytest.fixture(scope="module", params=[15, 18], ids=lambda major: f"postgresql {major}")
def dumped(
    request: pytest.FixtureRequest,
    programs: Programs,
    programs_of: ProgramsOf,
    servers_folder: Path,
    account: ServerAccount,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Dumped]:
    """A server of its own for all tests here; they only add databases, and take them away."""
    own = programs_of(request.param)
    there = clients(own if (own.bin / "pg_dump").exists() else programs)
    factory = ServerFactory(servers_folder, programs, account)
    archive = tmp_path_factory.mktemp("archive") / "dump"
    try:
        server = factory(programs=own)
        with everything(server) as name:
            before, _, _ = dump(server.dsn(name), there, archive)
            contents = read_table_of_contents((archive / "toc.dat").read_bytes())
            tables = {TableName(each.schema, each.name): each for each in before.tables}
            yield Dumped(server, there, name, archive, contents, tables)
    finally:
        factory.remove_all()


def names(entries: Iterable[TocEntry]) -> list[str]:
    return [f"{each.description.decode()} {(each.tag or b'').decode()}" for each in entries]


def of(name: str, schema: str = "sales") -> TableName:
    return TableName(schema, name)


CHOSEN = [
    of("customer"), of("orders_2024"), of("orders 2025 cheap"), of("parent"), of("child"), ODD,
    of("no_columns"), of("empty"), of("duplicates"), of("scratch"),
]  # fmt: skip


@pytest.mark.parametrize("table", CHOSEN, ids=lambda table: table.name)
def test_one_table_comes_back_as_it_was(dumped: Dumped, table: TableName, tmp_path: Path) -> None:
    choice = dumped.choice(table)
    with empty_database(dumped.server) as copy:
        dsn = dumped.server.dsn(copy)
        dumped.restore(dsn, choice.needed, tmp_path / "needed")
        dumped.restore(dsn, choice.restored, tmp_path / "restored")
        after = {TableName(each.schema, each.name): each for each in fingerprint(dsn).tables}
        is_there = dumped.definition(dsn, table)
    was_there = dumped.definition(dumped.server.dsn(dumped.name), table)

    assert after[table] == dumped.tables[table]
    assert is_there == [each for each in was_there if "FOREIGN KEY" not in each]


def test_a_partitioned_table_comes_with_its_partitions_and_theirs(dumped: Dumped) -> None:
    choice = dumped.choice(of("orders"))

    tables = [each for each in choice.restored if each.description == b"TABLE"]
    assert len(tables) == 6
    assert len(choice.files) == 4
    assert names(choice.needed) == ["SCHEMA sales", "FUNCTION stamp()"]


def test_only_the_files_with_the_chosen_rows_are_named(dumped: Dumped) -> None:
    rows = dumped.contents.table_data()[(b"sales", b"parent")]

    assert dumped.choice(of("parent")).files == ((rows.file_name or b"").decode(),)
    assert dumped.choice(of("parent"), with_rows=False).files == ()


def test_without_its_rows_a_table_keeps_its_definition(dumped: Dumped, tmp_path: Path) -> None:
    choice = dumped.choice(of("duplicates"), with_rows=False)
    with empty_database(dumped.server) as copy:
        dsn = dumped.server.dsn(copy)
        dumped.restore(dsn, (*choice.needed, *choice.restored), tmp_path / "list")
        (after,) = fingerprint(dsn).tables

    before = dumped.tables[of("duplicates")]
    assert (after.rows, after.definition) == (0, before.definition)


@pytest.mark.parametrize("table", ["customer", "orders"])
def test_a_foreign_key_is_told_with_both_its_tables(dumped: Dumped, table: str) -> None:
    choice = dumped.choice(of(table))

    (key,) = choice.foreign_keys
    assert (key.table.tag, key.referenced.tag) == (b"orders", b"customer")
    assert key.entry not in choice.restored


def test_what_stands_on_a_table_is_told(dumped: Dumped) -> None:
    assert names(dumped.choice(of("orders")).dependents) == [
        "VIEW busy",
        "MATERIALIZED VIEW sums",
        "PUBLICATION TABLE some_tables orders",
    ]
    assert names(dumped.choice(of("parent")).dependents) == ["TABLE child"]


def test_a_table_that_is_not_in_the_backup_is_said(dumped: Dumped) -> None:
    with pytest.raises(BackupError, match=r"The backup has no table sales\.nothing"):
        dumped.choice(of("nothing"))
