"""A restore on a server that is started for it: a copy to look at, until it is undone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from core.model.backup import VerificationLevel
from core.postgres.embedded import residents
from tests.servers.backing_up import BackupSite
from tests.servers.drill_host import DrillHost, drill_host


@pytest.fixture
def host(site: BackupSite) -> Iterator[DrillHost]:
    with drill_host(site) as made:
        yield made


def test_it_stays_up_until_it_is_undone(host: DrillHost, tmp_path: Path) -> None:
    plan, name = tmp_path / "restore.plan", host.site.server_database
    code, out, err = host.restores.run("plan", "--scratch", "--out", plan)
    assert (code, err) == (0, ""), out
    assert "Start PostgreSQL" in out
    assert list(host.place.iterdir()) == []
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
    (folder,) = host.place.iterdir()
    assert list(residents(folder))
    told = host.restores.told("undo", "last", "--confirm", name)
    assert str(folder) in told["done"]
    assert list(host.place.iterdir()) == []
    assert list(residents(folder)) == []
    code, _, err = host.restores.run("undo", "last", "--confirm", name)
    assert (code, "undone already" in err) == (3, True)


def test_what_is_unpacked_takes_room_where_it_lies_on_the_servers_disk(host: DrillHost) -> None:
    staging = host.place / "staging"
    staging.mkdir(mode=0o700)
    there = host.config.read_text().replace("[backup]\n", f'[backup]\nstaging = "{staging}"\n')
    host.config.write_text(there)
    code, out, _ = host.restores.run("plan", "--scratch")
    assert (code, "bytes are free, with what is unpacked on the same disk" in out) == (0, True), out


def test_a_scratch_server_is_not_swapped(host: DrillHost) -> None:
    code, _, err = host.restores.run("plan", "--scratch", "--swap")
    assert (code, "one of its own" in err) == (3, True)
