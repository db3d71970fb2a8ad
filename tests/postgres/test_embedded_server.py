"""PostgreSQL servers of our own: unpacked, started, stopped, killed, removed."""

from __future__ import annotations

import os
import signal
import stat
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from core.postgres.embedded import (
    EmbeddedServer,
    EmbeddedServerError,
    Programs,
    ServerAccount,
    StopMode,
)
from core.postgres.embedded.shared_memory import remove_segment
from tests.servers.factory import ServerFactory


def ask(dsn: str, query: str) -> str:
    with psycopg.connect(dsn, autocommit=True) as connection:
        row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return str(row[0])


@pytest.fixture(scope="module")
def initialized(
    servers_folder: Path, programs: Programs, account: ServerAccount
) -> Iterator[EmbeddedServer]:
    """A server as initdb makes it: those of other tests are copies."""
    factory = ServerFactory(servers_folder, programs, account)
    try:
        server = factory.prepare()
        server.start()
        yield server
    finally:
        factory.remove_all()


def test_the_embedded_server_is_postgresql_18_with_pgvector(database: str) -> None:
    assert ask(database, "SHOW server_version_num").startswith("18")
    assert ask(database, "SELECT name FROM pg_available_extensions WHERE name = 'vector'")


def test_the_shared_server_has_statement_statistics(database: str) -> None:
    assert int(ask(database, "SELECT count(*) FROM pg_stat_statements")) > 0


def test_fsync_is_on_unless_a_test_turns_it_off(start_server: ServerFactory) -> None:
    assert ask(start_server(settings={"fsync": "on"}).dsn(), "SHOW fsync") == "on"


def test_passwords_are_scram_and_a_wrong_one_is_refused(initialized: EmbeddedServer) -> None:
    stored = ask(initialized.dsn(), "SELECT rolpassword FROM pg_authid WHERE rolname = 'postgres'")
    assert stored.startswith("SCRAM-SHA-256$")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(initialized.dsn(password="wrong"))
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(initialized.socket_dsn(password="wrong"))


def test_the_superusers_password_is_in_no_file(initialized: EmbeddedServer) -> None:
    secret = initialized.password.encode()
    for path in initialized.folder.rglob("*"):
        if path.is_file():
            assert secret not in path.read_bytes(), path


def test_the_server_does_not_run_as_root(initialized: EmbeddedServer) -> None:
    assert initialized.pid is not None
    assert psutil.Process(initialized.pid).uids().real != 0


def test_data_and_socket_are_private_to_the_servers_account(initialized: EmbeddedServer) -> None:
    for folder in (initialized.data, initialized.socket_folder, initialized.folder):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_the_log_is_written_as_csv_and_json(initialized: EmbeddedServer) -> None:
    ask(initialized.dsn(), "SELECT 1")
    kinds = {path.suffix for path in initialized.log_folder.iterdir()}
    assert {".csv", ".json"} <= kinds


def test_a_server_keeps_its_data_and_its_port_over_a_restart(start_server: ServerFactory) -> None:
    server = start_server()
    port = server.port
    database_oid = "SELECT oid FROM pg_database WHERE datname = 'kept'"
    with psycopg.connect(server.dsn(), autocommit=True) as connection:
        connection.execute("CREATE DATABASE kept")
    before = ask(server.dsn(), database_oid)

    server.restart()

    assert server.port == port
    assert ask(server.dsn(), database_oid) == before


def test_a_killed_server_starts_again(start_server: ServerFactory) -> None:
    server = start_server()
    killed = server.pid
    server.kill()

    server.start()

    assert server.pid not in {None, killed}
    assert ask(server.dsn(), "SELECT 1") == "1"


@pytest.mark.parametrize("mode", list(StopMode))
def test_a_stopped_server_leaves_no_process(start_server: ServerFactory, mode: StopMode) -> None:
    server = start_server()
    postmaster = psutil.Process(server.pid)
    family = [postmaster, *postmaster.children()]

    server.stop(mode)

    assert server.pid is None
    for process in family:
        assert not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def test_a_server_that_can_not_start_says_why(start_server: ServerFactory) -> None:
    server = start_server.prepare(settings={"shared_preload_libraries": "no_such_library"})
    with pytest.raises(EmbeddedServerError, match="did not start") as caught:
        server.start()
    assert "no_such_library" in caught.value.why


def test_an_installation_without_its_programs_says_what_is_missing(
    start_server: ServerFactory,
) -> None:
    server = start_server.prepare()
    server.programs = Programs(server.folder)
    with pytest.raises(EmbeddedServerError, match="initdb is not in"):
        server.start()


def test_a_standby_follows_its_primary(start_server: ServerFactory) -> None:
    standby = start_server.standby(start_server())
    assert ask(standby.dsn(), "SELECT pg_is_in_recovery()") == "True"


def test_another_installations_programs_run_as_well(
    start_server: ServerFactory, debian_programs: Programs
) -> None:
    server = start_server(programs=debian_programs)
    assert ask(server.dsn(), "SHOW server_version_num").startswith("15")


def test_a_role_with_pg_monitor_alone_is_no_superuser(monitor_dsn: str) -> None:
    assert ask(monitor_dsn, "SHOW is_superuser") == "off"
    assert ask(monitor_dsn, "SELECT pg_has_role('pg_monitor', 'usage')") == "True"


def segment_of(server: EmbeddedServer) -> int:
    """The id of the System V segment that the postmaster has."""
    noted = (server.data / "postmaster.pid").read_text().splitlines()[6]
    return int(noted.split()[1])


def segments() -> set[int]:
    listed = Path("/proc/sysvipc/shm").read_text().splitlines()[1:]
    return {int(line.split()[1]) for line in listed}


def test_of_a_killed_server_that_is_removed_no_segment_is_left_and_anothers_stays(
    start_server: ServerFactory,
) -> None:
    killed, other = start_server(), start_server()
    mine, anothers = segment_of(killed), segment_of(other)
    assert {mine, anothers} <= segments()

    assert killed.pid is not None
    os.kill(killed.pid, signal.SIGKILL)
    killed.remove()

    assert mine not in segments()
    assert anothers in segments()
    assert ask(other.dsn(), "SELECT 1") == "1"


def test_a_segment_that_another_process_made_is_left_alone(start_server: ServerFactory) -> None:
    server = start_server()
    segment = segment_of(server)
    server.kill()
    noted = server.data / "postmaster.pid"
    pid, rest = noted.read_text().split("\n", 1)
    noted.write_text(f"{int(pid) + 1}\n{rest}")
    remove_segment(server.data)
    assert segment in segments()
    noted.write_text(f"{pid}\n{rest}")
    remove_segment(server.data)
    assert segment not in segments()
