"""``pgvigil status`` on real servers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from core.errors import ExitCode
from tests.servers.factory import ServerFactory
from tests.servers.watching import Site, programs_of, site
from tui.cli import main

NOBODY = "host=127.0.0.1 port=1 dbname=x user=x"


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Site]:
    with site(tmp_path) as made:
        yield made


def status(here: Site, *arguments: str) -> int:
    places = ["--config", str(here.config), "--state-folder", str(here.state)]
    return main(["status", *places, *arguments])


def test_a_calm_server_is_ok_with_the_servers_own_figures(
    here: Site, monitor_dsn: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert status(here, "--json", "--timeout", "20", monitor_dsn) == ExitCode.OK
    (server,) = json.loads(capsys.readouterr().out)["servers"]
    with psycopg.connect(monitor_dsn) as connection:
        row = connection.execute(
            "SELECT current_setting('server_version'),"
            " current_setting('max_connections')::int, current_user"
        ).fetchone()
    found = (
        server["server"]["version"],
        server["connections"]["max_connections"],
        server["server"]["role"],
    )
    assert found == row
    assert server["findings"] == []
    assert server["unknown"] == {}
    assert {row["name"] for row in server["databases"]} >= {"postgres"}


def test_an_idle_server_has_no_calls_of_pgvigils_own(
    here: Site, start_server: ServerFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    server = start_server()
    with psycopg.connect(server.dsn(), autocommit=True) as connection:
        connection.execute("CREATE EXTENSION pg_stat_statements")
        connection.execute("SELECT pg_stat_statements_reset()")
    status(here, "--json", "--timeout", "20", server.dsn())
    (told,) = json.loads(capsys.readouterr().out)["servers"]
    assert told["statements"]["calls"] == 0
    assert told["statements"]["own_calls"] > 0


def test_without_privilege_what_other_roles_do_is_unknown_with_a_reason_and_not_zero(
    here: Site, start_server: ServerFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    server = start_server()
    with psycopg.connect(server.dsn(), autocommit=True) as connection:
        connection.execute("CREATE EXTENSION pg_stat_statements")
        connection.execute("CREATE ROLE weak LOGIN PASSWORD 'x'")
        status(here, "--json", "--timeout", "20", server.dsn(user="weak", password="x"))
        (told,) = json.loads(capsys.readouterr().out)["servers"]
    for part, key in (
        ("statements", "calls"),
        ("statements", "mean_ms"),
        ("connections", "waiting_on_lock"),
        ("connections", "longest_query_seconds"),
    ):
        assert told[part][key] is None
        assert told["unknown"][f"{part}.{key}"]["remedy"] == "GRANT pg_monitor TO weak"


def test_a_server_that_is_not_there_is_critical_and_hinders_no_other(
    here: Site, monitor_dsn: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert status(here, "--timeout", "20", NOBODY, monitor_dsn) == ExitCode.CRITICAL
    gone, calm = capsys.readouterr().out.split("\n\n")
    assert gone.startswith("CRITICAL  x@127.0.0.1:1/x")
    assert "do: start the server" in gone
    assert calm.startswith("OK ")


def test_the_plugin_line_has_a_value_for_every_label(
    here: Site, monitor_dsn: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert status(here, "--nagios", "--timeout", "20", monitor_dsn) == ExitCode.OK
    line = capsys.readouterr().out
    assert line.startswith("PGVIGIL OK - ")
    labels = [item.split("=")[0] for item in line.split(" | ")[1].split()]
    assert "'connections'" in labels
    assert "'size'" in labels


def test_who_demands_tls_is_not_shown_what_was_found_without_it(
    here: Site, monitor_dsn: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert status(here, "--timeout", "20", monitor_dsn) == ExitCode.OK
    capsys.readouterr()
    asked = f"{monitor_dsn}?sslmode=require"
    assert status(here, "--timeout", "20", asked) == ExitCode.CRITICAL
    assert "TLS is not spoken" in capsys.readouterr().out


@pytest.mark.parametrize("option", ["sslmode=bogus", "sslmod=require"])
@pytest.mark.parametrize("command", ["status", "doctor", "console"])
def test_an_option_that_is_wrong_is_told_beside_a_good_watcher(
    option: str,
    command: str,
    here: Site,
    monitor_dsn: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert status(here, "--timeout", "20", monitor_dsn) == ExitCode.OK
    capsys.readouterr()
    places = ["--config", str(here.config), "--state-folder", str(here.state)]
    words = [command] if command != "console" else []
    code = main([*words, *places, f"{monitor_dsn}?{option}"])
    assert code == (ExitCode.UNKNOWN if command == "status" else ExitCode.CONFIG)
    said = capsys.readouterr()
    assert not said.out
    assert "sslmod" in said.err
    assert "do:" in said.err
    assert len(here.watchers()) == 1


def test_the_right_password_is_ok_at_once_after_a_wrong_one(
    here: Site, monitor_dsn: str, capsys: pytest.CaptureFixture[str]
) -> None:
    parts = psycopg.conninfo.conninfo_to_dict(monitor_dsn)
    wrong = monitor_dsn.replace(f":{parts['password']}@", ":wrong@")
    assert status(here, "--timeout", "20", wrong) == ExitCode.CRITICAL
    assert "password was refused" in capsys.readouterr().out
    assert status(here, "--timeout", "20", monitor_dsn) == ExitCode.OK


def test_the_right_password_is_ok_beside_a_service_with_a_wrong_one(
    here: Site, monitor_dsn: str, capsys: pytest.CaptureFixture[str]
) -> None:
    parts = psycopg.conninfo.conninfo_to_dict(monitor_dsn)
    wrong = monitor_dsn.replace(f":{parts['password']}@", ":wrong@")
    with programs_of(here, wrong) as start:
        start("serve").said("no connection")
        assert status(here, "--timeout", "20", monitor_dsn) == ExitCode.OK


def test_no_time_to_look_is_unknown(
    here: Site, monitor_dsn: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert status(here, "--timeout", "0", monitor_dsn) == ExitCode.UNKNOWN
    assert capsys.readouterr().out.startswith("UNKNOWN")
