"""Who looks may be another role than who restores."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from core.postgres.embedded import EmbeddedServer
from tests.postgres.backup.conftest import TABLES, run
from tests.servers.backing_up import backup_site
from tests.servers.backup_host import Host

LOOKS, NAME = "who_only_looks", "back for the looker"
PASSWORD = "only looks"


@pytest.fixture
def host(postgres: EmbeddedServer, database: str, tmp_path: Path) -> Iterator[Host]:
    """A host whose config connects as a role that may read, and create nothing."""
    run(database, TABLES)
    with backup_site(tmp_path, postgres, database) as site:
        made = Host(site)
        site.take()
        with psycopg.connect(site.server.dsn(), autocommit=True) as connection:
            connection.execute(f"CREATE ROLE {LOOKS} LOGIN PASSWORD '{PASSWORD}'")
            connection.execute(f"GRANT pg_monitor, pg_read_all_data TO {LOOKS}")
            yield made
            with suppress(psycopg.Error):
                connection.execute(f'DROP DATABASE IF EXISTS "{NAME}" WITH (FORCE)')
            connection.execute(f"DROP ROLE {LOOKS}")


def looks_as(host: Host, *, restores_as: str) -> None:
    """The config's user looks; another one restores, where one is named."""
    config = host.config.read_text()
    user = next(row for row in config.splitlines() if row.startswith("user = "))
    secret = next(row for row in config.splitlines() if row.startswith("password_file = "))
    own = host.site.folder / "looker.password"
    own.write_text(PASSWORD + "\n")
    own.chmod(0o600)
    changed = config.replace(user, f'user = "{LOOKS}"').replace(
        secret,
        f'password_file = "{own}"' + (f"\n{restores_as}_{user}\n{restores_as}_{secret}"
                                     if restores_as else ""),
    )  # fmt: skip
    host.config.write_text(changed)


def test_the_role_that_looks_may_not_restore(host: Host) -> None:
    looks_as(host, restores_as="")
    code, out, _ = host.restores.run("plan", "shop", "--name", NAME)
    assert code == 2
    assert "STOP" in out


def test_the_role_that_the_config_names_for_it_restores(host: Host, tmp_path: Path) -> None:
    looks_as(host, restores_as="restore")
    plan = tmp_path / "restore.plan"
    code, out, err = host.restores.run("plan", "shop", "--name", NAME, "--out", plan)
    assert (code, err) == (0, ""), out
    code, out, err = host.restores.run("run", plan, "--confirm", NAME)
    assert (code, err) == (0, ""), (out, err)
    assert "proven" in out
