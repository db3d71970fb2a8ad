"""The server is lost, and so is the machine that backed it up: repository and key are enough."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from core.postgres.embedded import EmbeddedServer
from tests.postgres.backup.conftest import TABLES
from tests.servers.backing_up import BackupSite, backup_site
from tests.servers.commands import BackupCommands
from tests.servers.factory import ServerFactory


@pytest.fixture
def servers(start_server: ServerFactory) -> tuple[EmbeddedServer, EmbeddedServer]:
    """One that will be lost, and one to begin anew with."""
    return start_server(), start_server()


def lost(site: BackupSite) -> None:
    """A database with an owner of its own is backed up, and its server stops for ever."""
    with psycopg.connect(site.dsn, autocommit=True) as connection:
        connection.execute(TABLES.encode())
        connection.execute(
            "CREATE ROLE readers; CREATE ROLE app LOGIN CREATEDB; GRANT readers TO app;"
            " ALTER ROLE app SET work_mem = '6MB'; ALTER DATABASE shop OWNER TO app;"
            " ALTER TABLE orders OWNER TO readers"
        )
    site.take()
    site.server.stop()


def new_machine(folder: Path, site: BackupSite, server: EmbeddedServer) -> BackupCommands:
    """A config with the repository, the key and the new server, and no store."""
    folder.mkdir()
    reached = conninfo_to_dict(server.dsn())
    password = folder / "password"
    password.write_text(str(reached["password"]))
    password.chmod(0o600)
    config = folder / "config.toml"
    config.write_text(
        f"""
[servers.new]
host = "{reached["host"]}"
port = {reached["port"]}
user = "{reached["user"]}"
dbname = "{reached["dbname"]}"
password_file = "{password}"
[repositories.local]
path = "{site.local}"
[encryption]
recovery_kept_by = "the tests"
[keys.main]
file = "{site.key_file}"
"""
    )
    return BackupCommands(config, folder / "state")


def test_by_the_runbook_all_of_it_comes_back_on_another_server(
    servers: tuple[EmbeddedServer, EmbeddedServer], tmp_path: Path
) -> None:
    old, new = servers
    with psycopg.connect(old.dsn(), autocommit=True) as connection:
        connection.execute("CREATE DATABASE shop")
    with backup_site(tmp_path, old, old.dsn("shop")) as site:
        lost(site)
        machine = new_machine(tmp_path / "new", site, new)
        machine.told("import")
        restores = BackupCommands(machine.config, machine.state, "restore")
        roles, plan = tmp_path / "roles.plan", tmp_path / "back.plan"
        code, out, err = restores.run("plan", "shop", "--globals", "--to", "new", "--out", roles)
        assert (code, err) == (0, ""), (out, err)
        told = restores.told("run", roles, "--confirm", "new")
        assert (told["verdict"], told["differences"]) == ("proven", [])
        code, out, err = restores.run(
            "plan", "shop", "--to", "new", "--name", "shop", "--create-roles", "--out", plan
        )
        assert (code, err) == (0, ""), (out, err)
        told = restores.told("run", plan, "--confirm", "shop")
    assert (told["status"], told["verdict"], told["differences"]) == ("completed", "proven", [])
    with psycopg.connect(new.dsn("shop")) as connection:
        assert connection.execute("SELECT count(*) FROM orders").fetchone() == (3000,)
        owner = "SELECT tableowner FROM pg_tables WHERE tablename = 'orders'"
        assert connection.execute(owner).fetchone() == ("readers",)
        role = "SELECT rolcanlogin, rolcreatedb, rolconfig FROM pg_roles WHERE rolname = 'app'"
        assert connection.execute(role).fetchone() == (True, True, ["work_mem=6MB"])
        connection.execute("SET ROLE app")
        assert connection.execute("SELECT count(*) FROM orders").fetchone() == (3000,)
