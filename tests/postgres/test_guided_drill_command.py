"""A guided drill with restores from the command line: taken in, judged, in the history."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.api import guided_deeds
from core.api.guided_drills import GuidedLook, open_guided_drills
from core.errors import RestoreError
from core.model.drill import DrillStatus
from core.postgres.embedded import EmbeddedServer
from tests.postgres.backup.conftest import TABLES, run
from tests.servers.backing_up import backup_site
from tests.servers.backup_host import Host
from tests.servers.commands import BackupCommands
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


def drills(host: Host) -> BackupCommands:
    return BackupCommands(host.config, host.state, "drill")


def restore(host: Host, *what: str) -> int:
    """As a person types it by the runbook; gives the exit code."""
    plan = host.site.folder / "back.plan"
    code, out, err = host.restores.run("plan", "--scratch", *what, "--out", plan)
    assert (code, err) == (0, ""), out
    return host.restores.run("run", plan, "--confirm", host.site.server_database)[0]


def looked(host: Host, drill_id: str) -> GuidedLook:
    with open_guided_drills(host.config, host.state) as (made, _):
        found = made.look(drill_id)
    assert found is not None
    return found


def take_in_and_tick(host: Host, drill_id: str) -> None:
    look = looked(host, drill_id)
    assert look.found is not None
    with open_guided_drills(host.config, host.state) as (made, _):
        made.change(drill_id, guided_deeds.take_in(look.found))
        for step in look.drill.steps:
            made.change(drill_id, guided_deeds.tick(step.name))


def end(host: Host, drill_id: str) -> str:
    with open_guided_drills(host.config, host.state) as (made, _):
        return made.end(drill_id)


def test_a_table_restored_in_it_is_judged_and_is_no_proof_of_the_whole(
    host: Host, place: Path
) -> None:
    told = drills(host).told("guide", "table")
    drill_id = told["drill"]
    assert drills(host).told("guide", "tab", "--server", "shop")["drill"] == drill_id
    assert drills(host).told("guide")[0]["abandoned"] is False
    (listed,) = drills(host).told("list")
    assert (listed["status"], listed["guided"]["state"]) == ("running", "open")
    with pytest.raises(RestoreError, match="nothing yet"):
        end(host, drill_id)
    assert restore(host, "--table", "public.orders") == 0
    take_in_and_tick(host, drill_id)
    assert "scratch server is taken away" in end(host, drill_id)
    assert list(place.iterdir()) == []
    with pytest.raises(RestoreError, match="The drill is over"):
        end(host, drill_id)
    (record,) = host.site.store.drills.newest(9)
    assert (record.status, record.what) == (DrillStatus.PASSED, "public.orders")
    assert (record.tables, record.rows) == (1, 3000)
    assert "validate" in {each.name for each in record.phases}
    assert host.site.store.drills.proven_at("shop", until=datetime.now(UTC)) == {}
    code, out, _ = drills(host).run("report")
    assert (code, "# Guided drill: database" in out, "NOT DONE" in out) == (0, True, False)
    assert drills(host).told("guide") == []
    assert drills(host).run("guide", "nothing", "--json")[0] == 64


def test_a_restore_that_fails_fails_the_drill(host: Host, place: Path) -> None:
    drill_id = drills(host).told("guide", "server")["drill"]
    largest = max(host.site.local.rglob("*.sealed"), key=lambda path: path.stat().st_size)
    content = bytearray(largest.read_bytes())
    content[len(content) // 2] ^= 1
    largest.chmod(0o600)
    largest.write_bytes(content)
    assert restore(host) != 0
    take_in_and_tick(host, drill_id)
    assert "The drill is over: failed." in end(host, drill_id)
    (record,) = host.site.store.drills.newest(9)
    assert record.status is DrillStatus.FAILED
    assert record.problem
    assert record.rto_seconds is None
    assert list(place.iterdir()) == []
