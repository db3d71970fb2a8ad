"""A dump of a database that has everything, restored by plain pg_restore, is the same database."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.backup.dump.table_of_contents import read_table_of_contents, write_table_of_contents
from core.backup.fingerprint import compare
from core.postgres.client_programs import ClientPrograms
from core.postgres.embedded import EmbeddedServer, Programs
from tests.conftest import ProgramsOf
from tests.servers.dumping import clients, dump, fingerprint, restore
from tests.servers.everything import empty_database, everything
from tests.servers.factory import ServerFactory


@pytest.fixture(params=[15, 16, 18], ids=lambda major: f"postgresql {major}")
def served(
    request: pytest.FixtureRequest,
    start_server: ServerFactory,
    programs: Programs,
    programs_of: ProgramsOf,
) -> tuple[EmbeddedServer, ClientPrograms]:
    """A server, and client programs for it."""
    own = programs_of(request.param)
    there = own if (own.bin / "pg_dump").exists() else programs
    return start_server(programs=own), clients(there)


def test_everything_comes_back(
    served: tuple[EmbeddedServer, ClientPrograms], tmp_path: Path
) -> None:
    server, programs = served
    with everything(server) as name, empty_database(server) as copy:
        before, outcome, finished = dump(server.dsn(name), programs, tmp_path / "dump")
        restore(server, copy, tmp_path / "dump", programs, jobs=2)
        after = fingerprint(server.dsn(copy))

    assert compare(before, after) == ()
    assert len(before.tables) == 12
    assert finished[-1] == "toc.dat"
    assert outcome.plain_bytes == sum(path.stat().st_size for path in (tmp_path / "dump").iterdir())


def test_the_table_of_contents_is_written_as_it_was_read(
    served: tuple[EmbeddedServer, ClientPrograms], tmp_path: Path
) -> None:
    server, programs = served
    with everything(server) as name:
        dump(server.dsn(name), programs, tmp_path / "dump")
    content = (tmp_path / "dump" / "toc.dat").read_bytes()

    assert write_table_of_contents(read_table_of_contents(content)) == content
