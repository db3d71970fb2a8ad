"""``pgvigil doctor`` on a real server, as roles that may see more and less."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from psycopg.conninfo import conninfo_to_dict

from core.errors import ExitCode
from core.postgres.embedded import EmbeddedServer
from tests.servers.commands import move_home
from tests.servers.databases import execute, fresh_database, fresh_role
from tests.servers.factory import ServerFactory
from tui.cli import main


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    move_home(tmp_path, monkeypatch)


@pytest.fixture
def plain_dsn(postgres: EmbeddedServer) -> Iterator[str]:
    """The DSN of a role without any privilege, on a database with pg_stat_statements."""
    with fresh_database(postgres) as name, fresh_role(postgres) as (role, password):
        yield postgres.dsn(name, user=role, password=password)


def doctor(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, Any]]:
    code = main(["doctor", "--json", *arguments])
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    return code, told


def pieces(told: dict[str, Any]) -> dict[str, dict[str, str]]:
    (server,) = told["servers"]
    return {piece["name"]: piece for piece in server["capabilities"]}


def test_pg_monitor_and_pg_stat_statements_miss_nothing(
    monitor_dsn: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, told = doctor(capsys, monitor_dsn)
    assert code == ExitCode.OK
    assert told["errors"] == {}
    assert told["servers"][0]["complete"] is True
    assert told["servers"][0]["version"].startswith("18")


def test_a_plain_role_is_told_what_it_misses_and_the_grant_that_mends_it(
    postgres: EmbeddedServer, plain_dsn: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, told = doctor(capsys, plain_dsn)
    assert code == ExitCode.WARNING
    sessions = next(piece for name, piece in pieces(told).items() if "pg_monitor" in name)
    assert sessions["status"] == "missing"
    assert sessions["cost"]
    execute(postgres, sessions["remedy"])
    assert doctor(capsys, plain_dsn)[0] == ExitCode.OK


def test_a_password_in_the_dsn_is_never_repeated(
    postgres: EmbeddedServer, capsys: pytest.CaptureFixture[str]
) -> None:
    with fresh_role(postgres, member_of="pg_monitor") as (role, password):
        main(["doctor", postgres.dsn(user=role, password=password)])
        main(["doctor", postgres.dsn(user=role, password=f"wrong{password}")])
        told = capsys.readouterr()
    assert role in told.out
    assert password not in told.out + told.err


def test_the_text_lists_what_is_missing_with_its_cost_and_its_mend(
    plain_dsn: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["doctor", plain_dsn]) == ExitCode.WARNING
    told = capsys.readouterr().out
    assert "missing  other roles' sessions (pg_monitor)" in told
    assert "  mend   GRANT pg_monitor TO role_" in told


def test_a_report_is_headed_by_the_name_in_the_config(
    monitor_dsn: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "config.toml"
    secret = str(conninfo_to_dict(monitor_dsn)["password"])
    password = tmp_path / "password"
    password.write_text(secret)
    password.chmod(0o600)
    dsn = monitor_dsn.replace(f":{secret}@", "@")
    config.write_text(f'[servers.orders]\ndsn = "{dsn}"\npassword_file = "{password}"\n')
    main(["doctor", "--config", str(config)])
    assert capsys.readouterr().out.startswith("orders (postgresql://")


def test_a_client_certificate_that_is_not_there_is_said(
    monitor_dsn: str, capsys: pytest.CaptureFixture[str]
) -> None:
    _, told = doctor(capsys, f"{monitor_dsn}?sslcert=/nowhere/client.crt")
    assert pieces(told)["the file of sslcert"]["cost"].startswith("there is no file /nowhere/")
    _, plain = doctor(capsys, monitor_dsn)
    assert "the file of sslcert" not in pieces(plain)


def test_a_server_that_cannot_be_asked_does_not_keep_the_others_from_it(
    monitor_dsn: str, capsys: pytest.CaptureFixture[str]
) -> None:
    nobody = "host=127.0.0.1 port=1 dbname=x user=x"
    code, told = doctor(capsys, nobody, monitor_dsn)
    assert code == ExitCode.UNKNOWN
    assert len(told["servers"]) == 1
    (error,) = told["errors"].values()
    assert error["what"]
    assert error["remedy"]


@pytest.mark.parametrize(("mode", "is_said"), [(0o640, True), (0o600, False)])
def test_a_password_file_that_libpq_ignores_is_said_where_it_would_be_taken(
    start_server: ServerFactory,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    mode: int,
    is_said: bool,
) -> None:
    server = start_server()
    (server.data / "pg_hba.conf").write_text("host all all 127.0.0.1/32 trust\n")
    execute(server, "SELECT pg_reload_conf()")
    for variable in ("PGPASSFILE", "PGPASSWORD"):
        monkeypatch.delenv(variable, raising=False)
    path = tmp_path / ".pgpass"
    path.touch(mode)
    path.chmod(mode)
    _, told = doctor(capsys, f"postgresql://postgres@127.0.0.1:{server.port}/postgres")
    remedies = [piece["remedy"] for piece in pieces(told).values()]
    assert (f"chmod 600 {path}" in remedies) is is_said
