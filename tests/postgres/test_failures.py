"""What a person reads when a server can't be reached: each failure done for real."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

from core.config.settings import ServerSettings
from core.model.server import LinkState
from core.postgres.embedded import EmbeddedServer, EmbeddedServerError, ServerAccount
from core.postgres.failure import ConnectError, SessionLostError
from core.postgres.session import Session
from core.postgres.target import Target
from tests.postgres.connecting import SHORT, rows, run, session_with, target_of
from tests.servers.databases import fresh_role
from tests.servers.factory import ServerFactory
from tests.servers.pgbouncer import pgbouncer
from tests.servers.proxy import network_to
from tests.servers.tls import make_certificate


async def failure(dsn: str, target: Target | None = None) -> ConnectError:
    with pytest.raises(ConnectError) as caught:
        await Session.connect(target or target_of(dsn), SHORT)
    error = caught.value
    assert error.what
    assert error.why
    assert error.remedy
    return error


def changed(dsn: str, **parts: str) -> str:
    """``dsn`` with another user, password, host, port or database."""
    old = urlsplit(dsn)
    user = parts.get("user", old.username)
    password = parts.get("password", old.password)
    host = parts.get("host", old.hostname)
    port = parts.get("port", str(old.port))
    path = "/" + parts["dbname"] if "dbname" in parts else old.path
    return urlunsplit(old._replace(netloc=f"{user}:{password}@{host}:{port}", path=path))


async def test_a_host_that_nobody_knows(postgres: EmbeddedServer) -> None:
    error = await failure(changed(postgres.dsn(), host="no-such-host.invalid"))

    assert error.state is LinkState.UNREACHABLE
    assert "name is not known" in error.what


async def test_a_port_where_nothing_listens(postgres: EmbeddedServer) -> None:
    error = await failure(changed(postgres.dsn(), port="1"))

    assert error.state is LinkState.UNREACHABLE
    assert error.what == "nothing listens at postgresql://postgres@127.0.0.1:1/postgres"


async def test_a_socket_that_is_not_there(tmp_path: Path) -> None:
    error = await failure(f"host={tmp_path} user=postgres dbname=postgres")

    assert error.state is LinkState.UNREACHABLE
    assert str(tmp_path) in error.why


async def test_a_server_that_never_answers(postgres: EmbeddedServer) -> None:
    async with network_to(postgres.dsn()) as (dsn, network):
        network.drop_packets()
        error = await failure(dsn)

    assert error.state is LinkState.UNREACHABLE
    assert "no answer from" in error.what


async def test_a_wrong_password_is_refused_and_not_repeated(postgres: EmbeddedServer) -> None:
    error = await failure(postgres.dsn(password="s3cr3t-but-wrong"))

    assert error.state is LinkState.REFUSED
    assert "password was refused" in error.what
    assert "s3cr3t" not in str(error) + repr(error)


async def test_a_password_past_its_end_is_among_the_causes(postgres: EmbeddedServer) -> None:
    with fresh_role(postgres) as (name, password):
        run(postgres.dsn(), f"ALTER ROLE {name} VALID UNTIL '2020-01-01'")
        error = await failure(postgres.dsn(user=name, password=password))

    assert "password was refused" in error.what
    assert "VALID UNTIL" in error.why


async def test_a_password_that_is_missing(
    postgres: EmbeddedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPASSFILE", str(tmp_path / "none"))
    monkeypatch.delenv("PGPASSWORD", raising=False)

    error = await failure(f"postgresql://postgres@127.0.0.1:{postgres.port}/postgres")

    assert error.state is LinkState.REFUSED
    assert "none was found" in error.what


async def test_a_password_file_that_others_may_read_is_named_for_libpq_ignores_it(
    postgres: EmbeddedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / ".pgpass"
    path.write_text(f"127.0.0.1:{postgres.port}:*:postgres:{postgres.password}\n")
    path.chmod(0o640)
    monkeypatch.setenv("HOME", str(tmp_path))
    for variable in ("PGPASSFILE", "PGPASSWORD"):
        monkeypatch.delenv(variable, raising=False)

    error = await failure(f"postgresql://postgres@127.0.0.1:{postgres.port}/postgres")

    assert f"libpq ignores {path}" in error.why
    assert error.remedy == f"chmod 600 {path}"


async def test_pgpass_gives_the_password(
    postgres: EmbeddedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pgpass = tmp_path / "pgpass"
    pgpass.write_text(f"127.0.0.1:{postgres.port}:*:postgres:{postgres.password}\n")
    pgpass.chmod(0o600)
    monkeypatch.setenv("PGPASSFILE", str(pgpass))

    async with session_with(f"postgresql://postgres@127.0.0.1:{postgres.port}/postgres") as held:
        assert held.alive


async def test_a_service_file_gives_everything(
    postgres: EmbeddedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    services = tmp_path / "services"
    services.write_text(
        f"[shop]\nhost=127.0.0.1\nport={postgres.port}\nuser=postgres\n"
        f"password={postgres.password}\ndbname=postgres\n"
    )
    monkeypatch.setenv("PGSERVICEFILE", str(services))

    async with session_with("service=shop") as held:
        assert held.alive
    error = await failure("service=mart")
    assert "is not defined" in error.what


async def test_a_database_that_is_not_there(postgres: EmbeddedServer) -> None:
    error = await failure(postgres.dsn("nothing"))

    assert error.state is LinkState.REFUSED
    assert "no such database" in error.what


async def test_a_role_without_the_right_to_connect(postgres: EmbeddedServer) -> None:
    run(
        postgres.dsn(),
        "CREATE ROLE outsider LOGIN PASSWORD 'x'",
        "CREATE ROLE nologin PASSWORD 'x'",
        "CREATE DATABASE closed",
        "REVOKE CONNECT ON DATABASE closed FROM PUBLIC",
    )
    try:
        denied = await failure(postgres.dsn("closed", user="outsider", password="x"))
        nologin = await failure(postgres.dsn(user="nologin", password="x"))
    finally:
        run(postgres.dsn(), "DROP DATABASE closed", "DROP ROLE outsider", "DROP ROLE nologin")

    assert "may not connect to the database closed" in denied.what
    assert "nologin may not log in" in nologin.what


async def test_a_server_without_tls(postgres: EmbeddedServer) -> None:
    error = await failure(postgres.dsn() + "?sslmode=require")

    assert error.state is LinkState.REFUSED
    assert "TLS is not spoken" in error.what


async def test_a_certificate_that_cannot_be_trusted(
    start_server: ServerFactory, account: ServerAccount, tmp_path: Path
) -> None:
    server = start_server()
    certificate = make_certificate(server, account)
    run(server.dsn(), "ALTER SYSTEM SET ssl = on", "SELECT pg_reload_conf()")
    authority = tmp_path / "authority.crt"
    authority.write_bytes(certificate.read_bytes())

    another_name = await failure(f"{server.dsn()}?sslmode=verify-full&sslrootcert={authority}")
    no_authority = await failure(f"{server.dsn()}?sslmode=verify-full&sslrootcert=/none.crt")
    async with session_with(f"{server.dsn()}?sslmode=verify-ca&sslrootcert={authority}") as held:
        (row,) = (await held.ask(b"SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")).rows

    assert "can't be trusted" in another_name.what
    assert "can't be checked" in no_authority.what
    assert row == (True,)


async def test_an_address_that_pg_hba_does_not_let_in(start_server: ServerFactory) -> None:
    server = start_server()
    (server.data / "pg_hba.conf").write_text("local all all scram-sha-256\n")
    rows(server.socket_dsn(), "SELECT pg_reload_conf(), pg_sleep(0.3)")

    error = await failure(server.dsn())

    assert error.state is LinkState.REFUSED
    assert "this client is not let in" in error.what
    assert "pg_hba.conf" in error.remedy


async def test_taken_slots_are_explained_with_the_reserved_ones(
    start_server: ServerFactory,
) -> None:
    server = start_server(
        settings={
            "max_connections": 8,
            "superuser_reserved_connections": 2,
            "reserved_connections": 1,
        }
    )
    run(
        server.dsn(),
        "CREATE ROLE app LOGIN PASSWORD 'x'",
        "CREATE ROLE watch LOGIN PASSWORD 'x' IN ROLE pg_monitor, pg_use_reserved_connections",
        "CREATE ROLE one LOGIN PASSWORD 'x' CONNECTION LIMIT 0",
    )
    app, watch = (server.dsn(user=user, password="x") for user in ("app", "watch"))
    held = [psycopg.connect(app) for _ in range(5)]
    try:
        ordinary = await failure(app)
        # Members of pg_use_reserved_connections still get in.
        held.append(psycopg.connect(watch))
        beyond_reserved = await failure(watch)
        held += [psycopg.connect(server.dsn()) for _ in range(2)]
        full = await failure(server.dsn())
    finally:
        for connection in held:
            connection.close()
    limited = await failure(server.dsn(user="one", password="x"))

    for error in (ordinary, beyond_reserved, full, limited):
        assert error.state is LinkState.SLOTS_EXHAUSTED
    assert "reserved" in ordinary.why
    assert "pg_use_reserved_connections" in ordinary.remedy
    assert "CONNECTION LIMIT" in limited.why


async def test_a_server_that_is_shutting_down(start_server: ServerFactory) -> None:
    server = start_server()
    with psycopg.connect(server.dsn()) as holder:
        assert server.pid is not None
        os.kill(server.pid, signal.SIGTERM)  # a smart shutdown waits for the holder
        wait_for_log(server, "received smart shutdown request")
        error = await failure(server.dsn())
        holder.close()

    assert error.state is LinkState.STARTING
    assert "shutting down" in error.what


async def test_a_server_that_is_starting_up(start_server: ServerFactory) -> None:
    server = start_server(settings={"restore_command": "sleep 30; false"})
    server.stop()
    (server.data / "standby.signal").touch()
    server.account.own(server.data / "standby.signal")
    with pytest.raises(EmbeddedServerError):
        server.start(timeout=2)

    error = await failure(server.dsn())

    assert error.state is LinkState.STARTING
    assert "starting up" in error.what


async def test_a_server_that_stops_while_it_is_watched(start_server: ServerFactory) -> None:
    server = start_server()
    async with session_with(server.dsn()) as held:
        server.stop()
        with pytest.raises(SessionLostError) as stopped:
            await held.ask(b"SELECT 1")
    assert stopped.value.state is LinkState.UNREACHABLE

    server.start()
    async with session_with(server.dsn()) as held:
        server.kill()
        with pytest.raises(SessionLostError) as crashed:
            await held.ask(b"SELECT 1")
    assert crashed.value.state is LinkState.UNREACHABLE


async def test_a_pooler_whose_server_is_gone(
    start_server: ServerFactory, account: ServerAccount, servers_folder: Path
) -> None:
    server = start_server()
    with pgbouncer(server, account, servers_folder) as dsn:
        server.stop()
        error = await failure(dsn)

    assert error.state is LinkState.UNREACHABLE


async def test_a_password_source_that_fails_is_a_refusal(postgres: EmbeddedServer) -> None:
    settings = ServerSettings(host="127.0.0.1", port=postgres.port, password_env="PGVIGIL_NOT_SET")
    error = await failure("", Target.from_settings("main", settings))

    assert error.state is LinkState.REFUSED
    assert "PGVIGIL_NOT_SET is not set" in error.what


def wait_for_log(server: EmbeddedServer, text: str) -> None:
    for _ in range(200):
        if any(text in log.read_text() for log in server.log_folder.glob("*.csv")):
            return
        time.sleep(0.02)
    raise AssertionError(f"the server never logged: {text}")
