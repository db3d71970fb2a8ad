"""A restore on a server that is started for it: a copy to look at, until it is undone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from core.model.backup import VerificationLevel
from core.postgres.embedded import EmbeddedServer, residents
from tests.postgres.backup.conftest import TABLES, run
from tests.servers.backing_up import backup_site
from tests.servers.backup_host import Host
from tests.servers.scratch_place import scratch_place


@pytest.fixture
def place() -> Iterator[Path]:
    with scratch_place() as made:
        yield made


@pytest.fixture
def host(postgres: EmbeddedServer, database: str, tmp_path: Path, place: Path) -> Iterator[Host]:
    """A host with one backup of a small database."""
    run(database, TABLES)
    with backup_site(tmp_path, postgres, database) as site:
        made = Host(site)
        with made.config.open("a") as config:
            config.write(f'[drill]\nfolder = "{place}"\n')
        site.take()
        yield made


def test_it_stays_up_until_it_is_undone(host: Host, tmp_path: Path, place: Path) -> None:
    plan, name = tmp_path / "restore.plan", host.site.server_database
    code, out, err = host.restores.run("plan", "--scratch", "--out", plan)
    assert (code, err) == (0, ""), out
    assert "Start PostgreSQL" in out
    assert list(place.iterdir()) == []
    code, out, err = host.restores.run("run", plan, "--confirm", name)
    assert (code, err) == (0, ""), out
    (listed,) = host.restores.told("list")
    assert (listed["status"], listed["verdict"]) == ("completed", "proven")
    dsn = listed["dsn"]
    assert dsn in out
    with psycopg.connect(dsn) as connection:
        assert connection.execute("SELECT count(*) FROM orders").fetchone() == (3000,)
    (entry,) = host.site.store.catalog.entries("shop")
    assert entry.level is VerificationLevel.RESTORED
    assert "restored.json" in host.site.backups_in(host.site.local)[entry.backup_id]
    (folder,) = place.iterdir()
    assert list(residents(folder))
    told = host.restores.told("undo", "last", "--confirm", name)
    assert str(folder) in told["done"]
    assert list(place.iterdir()) == []
    assert list(residents(folder)) == []
    code, _, err = host.restores.run("undo", "last", "--confirm", name)
    assert (code, "undone already" in err) == (3, True)


def test_a_scratch_server_is_not_swapped(host: Host) -> None:
    code, _, err = host.restores.run("plan", "--scratch", "--swap")
    assert (code, "one of its own" in err) == (3, True)
