"""pg_restore at work: what it reports, and what is said when it can't go on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from core.backup.dump.table_of_contents import TABLE_DATA, read_table_of_contents
from core.backup.fingerprint import compare
from core.backup.progress import SilentReporter
from core.errors import CancelledError, RestoreError
from core.model.fingerprint import Fingerprint
from core.postgres.client_programs import ClientPrograms
from core.postgres.embedded import EmbeddedServer, Programs
from core.restore.program import ArchiveRestore, run_restore
from tests.servers.databases import fresh_role
from tests.servers.dumping import clients, dump, endpoint, fingerprint
from tests.servers.everything import empty_database, everything


class Heard(SilentReporter):
    """Remembers what was reported; cancels in the phase that is named."""

    def __init__(self, cancel_in: str = "") -> None:
        self.phases: list[tuple[str, int | None]] = []
        self.done = 0
        self._cancel_in = cancel_in

    def phase(self, name: str, total_bytes: int | None = None) -> None:
        self.phases.append((name, total_bytes))

    def advance(self, done_bytes: int) -> None:
        self.done += done_bytes

    def check_cancelled(self) -> None:
        if self._cancel_in in {name for name, _ in self.phases}:
            raise CancelledError("cancelled")


@pytest.fixture(scope="module")
def there(programs: Programs) -> ClientPrograms:
    return clients(programs)


@pytest.fixture(scope="module")
def source(
    postgres: EmbeddedServer, there: ClientPrograms, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Fingerprint, Path]]:
    """The archive of a database that has everything; its roles are there."""
    archive = tmp_path_factory.mktemp("archive") / "dump"
    with everything(postgres) as name:
        before, _, _ = dump(postgres.dsn(name), there, archive)
        yield before, archive


def row_bytes(archive: Path) -> dict[int, int]:
    entries = read_table_of_contents((archive / "toc.dat").read_bytes()).entries
    names = {each.dump_id: each.file_name for each in entries if each.description == TABLE_DATA}
    sizes = {path.name.partition(".")[0]: path.stat().st_size for path in archive.iterdir()}
    return {number: sizes[str(number)] for number in names}


def test_everything_is_restored_and_each_phase_told(
    postgres: EmbeddedServer, there: ClientPrograms, source: tuple[Fingerprint, Path]
) -> None:
    before, archive = source
    sizes = row_bytes(archive)
    heard = Heard()
    with empty_database(postgres) as copy:
        run_restore(
            endpoint(postgres.dsn(copy)),
            there,
            ArchiveRestore(archive, workers=2, row_bytes=sizes),
            heard,
        )
        after = fingerprint(postgres.dsn(copy))

    assert compare(before, after) == ()
    assert heard.phases == [
        ("definitions", None),
        ("rows", sum(sizes.values())),
        ("indexes and constraints", None),
    ]
    assert heard.done == sum(sizes.values())


def test_what_is_there_already_stops_it(
    postgres: EmbeddedServer, there: ClientPrograms, source: tuple[Fingerprint, Path]
) -> None:
    with empty_database(postgres) as copy:
        dsn = postgres.dsn(copy)
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute("CREATE SCHEMA sales CREATE TABLE orders (mine int)")
        with pytest.raises(RestoreError) as said:
            run_restore(endpoint(dsn), there, ArchiveRestore(source[1], 2), Heard())
        with psycopg.connect(dsn) as connection:
            tables = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'sales'")
            assert tables.fetchone() == (1,)

    assert said.value.what.startswith('What is to be restored is there already: schema "sales": ')
    assert "CREATE SCHEMA sales" in said.value.why


def test_a_role_that_may_not_is_told(
    postgres: EmbeddedServer, there: ClientPrograms, source: tuple[Fingerprint, Path]
) -> None:
    # The database goes first: large objects in it may be the role's.
    with fresh_role(postgres) as (role, password), empty_database(postgres) as copy:
        dsn = postgres.dsn(copy, user=role, password=password)
        with pytest.raises(RestoreError) as said:
            run_restore(endpoint(dsn), there, ArchiveRestore(source[1], 2), Heard())

    assert said.value.what.startswith("The role that restores may not create all")
    assert password not in str(said.value)


@pytest.mark.parametrize("phase", ["definitions", "rows"])
def test_a_person_can_cancel_it(
    postgres: EmbeddedServer,
    there: ClientPrograms,
    source: tuple[Fingerprint, Path],
    phase: str,
) -> None:
    with empty_database(postgres) as copy:
        dsn = postgres.dsn(copy)
        with pytest.raises(CancelledError):
            run_restore(
                endpoint(dsn),
                there,
                ArchiveRestore(source[1], 2, row_bytes=row_bytes(source[1])),
                Heard(cancel_in=phase),
            )
        with psycopg.connect(postgres.dsn()) as connection:
            left = connection.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = %s", [copy]
            )
            assert left.fetchone() == (0,)
