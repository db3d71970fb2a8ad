"""What belongs to a database itself comes back: owner, rights, settings, limits, comment."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from core.postgres.embedded import EmbeddedServer
from core.restore.swap.properties import Properties, read_properties
from tests.postgres.backup.conftest import TABLES
from tests.postgres.connecting import run
from tests.servers.backing_up import BackupSite, backup_site
from tests.servers.drill_host import DrillHost, drill_host

LIVE, NEW = 'own "Ünï" DATABASE; shop', 'copied "ö"'
ROLES = ('the "Owner"', "own_alice IN DATABASE", "own_bob")
OWNER, ALICE, BOB = (sql.Identifier(each) for each in ROLES)
PASSWORD = "bob is no one's secret"
GIVEN = """
ALTER DATABASE {live} OWNER TO {owner};
ALTER DATABASE {live} SET work_mem = '7MB';
ALTER DATABASE {live} SET search_path = public, 'a;b "c"';
ALTER ROLE {alice} IN DATABASE {live} SET application_name = 'it''s; DATABASE x';
ALTER DATABASE {live} CONNECTION LIMIT 7;
ALTER DATABASE {live} IS_TEMPLATE true;
COMMENT ON DATABASE {live} IS 'the shop''s; "own" DATABASE y';
REVOKE CONNECT ON DATABASE {live} FROM PUBLIC;
GRANT CONNECT ON DATABASE {live} TO {alice} WITH GRANT OPTION;
"""


@dataclass
class Owned:
    """A database with everything that a database itself can have, and a backup of it."""

    host: DrillHost

    @property
    def site(self) -> BackupSite:
        return self.host.site

    def properties(self, name: str, dsn: str = "") -> Properties:
        """What can be compared."""
        with closing(psycopg.connect(dsn or self.site.server.dsn())) as connection:
            found = read_properties(connection, name)
        assert found is not None
        return replace(found, oid=0)

    def refused(self, name: str) -> str:
        """Why bob may not connect."""
        dsn = self.site.server.dsn(name)
        with pytest.raises(psycopg.OperationalError) as refused:
            psycopg.connect(dsn, user=ROLES[2], password=PASSWORD).close()
        return str(refused.value)

    def restored(
        self, folder: Path, *asked: str, confirm: str = NEW, code: int = 0
    ) -> tuple[str, dict[str, Any]]:
        """The plan's words, and how its run ended."""
        plan = folder / "own.plan"
        done, told, err = self.host.restores.run("plan", "shop", *asked, "--out", plan)
        assert (done, err) == (0, ""), told
        told = " ".join(told.split())
        return told, self.host.restores.told("run", plan, "--confirm", confirm, code=code)


@pytest.fixture(scope="module")
def owned(postgres: EmbeddedServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Owned]:
    names = {"live": sql.Identifier(LIVE), "owner": OWNER, "alice": ALICE, "bob": BOB}
    made = "CREATE ROLE {owner}; CREATE ROLE {alice}; CREATE ROLE {bob} LOGIN PASSWORD {secret}"
    secret = sql.Literal(PASSWORD)
    run(postgres.dsn(), sql.SQL(made).format(secret=secret, **names).as_string())
    run(postgres.dsn(), sql.SQL("CREATE DATABASE {}").format(names["live"]).as_string())
    run(postgres.dsn(LIVE), TABLES)
    run(postgres.dsn(), sql.SQL(GIVEN).format(**names).as_string())
    folder = tmp_path_factory.mktemp("owned")
    with (
        backup_site(folder, postgres, postgres.dsn(LIVE)) as site,
        drill_host(site) as host,
    ):
        yield Owned(host)
    _drop(postgres, LIVE)
    for each in (OWNER, ALICE, BOB):
        run(postgres.dsn(), sql.SQL("DROP ROLE IF EXISTS {}").format(each).as_string())


def _drop(server: EmbeddedServer, name: str) -> None:
    for text in ("ALTER DATABASE {} IS_TEMPLATE false", "DROP DATABASE {} WITH (FORCE)"):
        run(server.dsn(), sql.SQL(text).format(sql.Identifier(name)).as_string())


def test_a_new_database_is_what_the_old_one_was_and_lets_nobody_in_whom_that_refused(
    owned: Owned, tmp_path: Path
) -> None:
    before, refused = owned.properties(LIVE), owned.refused(LIVE)
    told, done = owned.restored(tmp_path, "--name", NEW)
    assert done["verdict"] == "proven", done
    assert "REVOKE CONNECT" in told
    assert owned.properties(NEW) == before
    assert "permission denied" in refused
    assert "permission denied" in owned.refused(NEW)
    code, out, err = owned.host.restores.run("undo", "last", "--confirm", NEW)
    assert (code, err) == (0, ""), out


def test_so_it_is_on_a_scratch_server_and_with_a_part(owned: Owned, tmp_path: Path) -> None:
    before = replace(owned.properties(LIVE), tablespace="pg_default")
    _, done = owned.restored(tmp_path, "--scratch", "--table", "public.orders", confirm=LIVE)
    assert done["verdict"] == "proven", done
    assert owned.properties(LIVE, done["dsn"]) == before
    assert owned.host.restores.run("undo", "last", "--confirm", LIVE)[0] == 0


def test_what_is_different_from_the_backup_is_beside_a_swap_as_closed_as_the_live_one(
    owned: Owned, tmp_path: Path
) -> None:
    config = owned.host.config.read_text()
    more = '\n[[restore.assert]]\nname = "no"\nsql = "SELECT false"\n'
    owned.host.config.write_text(config + more)
    try:
        _, done = owned.restored(tmp_path, "--swap", confirm=LIVE, code=1)
    finally:
        owned.host.config.write_text(config)
    assert "assertion no" in done["differences"][0]
    (name,) = _beside(owned.site.server)
    try:
        assert "permission denied" in owned.refused(name)
        assert owned.properties(name) == owned.properties(LIVE)
    finally:
        _drop(owned.site.server, name)


def _beside(server: EmbeddedServer) -> list[str]:
    asked = "SELECT datname FROM pg_database WHERE datname LIKE %s AND datname <> %s"
    with psycopg.connect(server.dsn()) as connection:
        return [name for (name,) in connection.execute(asked, [LIVE[:10] + "%", LIVE])]


def test_what_asks_for_a_role_that_is_gone_is_said_before_and_after(
    owned: Owned, tmp_path: Path
) -> None:
    server = owned.site.server
    rename = sql.SQL("ALTER ROLE {} RENAME TO {}")
    other = sql.Identifier("own_another")
    run(server.dsn(), rename.format(ALICE, other).as_string())
    try:
        told, done = owned.restored(tmp_path, "--name", NEW, code=1)
        assert "the settings of own_alice IN DATABASE in the database are left out" in told
        assert [each.rpartition(" are left out")[0] for each in done["differences"]] == [
            "the database's grants to own_alice IN DATABASE",
            "the settings of own_alice IN DATABASE in the database",
        ]
        found, before = owned.properties(NEW), owned.properties(LIVE)
        assert found.owner == before.owner
        assert "permission denied" in owned.refused(NEW)
        assert [each.name for each in found.settings] == ["search_path", "work_mem"]
    finally:
        run(server.dsn(), rename.format(other, ALICE).as_string())
        assert owned.host.restores.run("undo", "last", "--confirm", NEW)[0] == 0
