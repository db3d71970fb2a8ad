"""A guided drill with restores from the command line: taken in, judged, in the history."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from core.api import guided_deeds
from core.api.guided_drills import GuidedLook, open_guided_drills
from core.errors import RestoreError
from core.model.drill import DrillStatus
from core.schedule.overview import read_light
from tests.postgres.backup.conftest import site
from tests.servers.backing_up import BackupSite
from tests.servers.drill_host import DrillHost, drill_host

__all__ = ["site"]


@pytest.fixture
def host(site: BackupSite) -> Iterator[DrillHost]:
    with drill_host(site) as made:
        yield made


def restore(host: DrillHost, *what: str) -> int:
    """As a person types it by the runbook; gives the exit code."""
    plan = host.site.folder / "back.plan"
    plan.unlink(missing_ok=True)
    code, out, err = host.restores.run("plan", "--scratch", *what, "--out", plan)
    assert (code, err) == (0, ""), out
    return host.restores.run("run", plan, "--confirm", host.site.server_database)[0]


def looked(host: DrillHost, drill_id: str) -> GuidedLook:
    with open_guided_drills(host.config, host.state) as (made, _):
        found = made.look(drill_id)
    assert found is not None
    return found


def take_in(host: DrillHost, drill_id: str) -> None:
    look = looked(host, drill_id)
    assert look.found is not None
    with open_guided_drills(host.config, host.state) as (made, _):
        made.change(drill_id, guided_deeds.take_in(look.found))


def take_in_and_tick(host: DrillHost, drill_id: str) -> None:
    take_in(host, drill_id)
    with open_guided_drills(host.config, host.state) as (made, _):
        for step in looked(host, drill_id).drill.steps:
            made.change(drill_id, guided_deeds.tick(step.name))


def forgotten(host: DrillHost, *, after_hours: float) -> list[str]:
    now = datetime.now(UTC) + timedelta(hours=after_hours)
    overview = read_light(host.site.store, host.site.settings, "shop", now)
    return [each.operation_id for each in overview.forgotten]


def check_both_servers_are_told_once_they_are_old(host: DrillHost) -> None:
    restores = host.site.store.restore_operations.newest(9)
    assert forgotten(host, after_hours=0) == []
    assert forgotten(host, after_hours=25) == [each.operation_id for each in restores]
    assert len(restores) == 2


def end(host: DrillHost, drill_id: str) -> str:
    with open_guided_drills(host.config, host.state) as (made, _):
        return made.end(drill_id)


def test_a_table_restored_in_it_is_judged_and_is_no_proof_of_the_whole(host: DrillHost) -> None:
    told = host.drills.told("guide", "table")
    drill_id = told["drill"]
    assert host.drills.told("guide", "tab", "--server", "shop")["drill"] == drill_id
    assert host.drills.told("guide")[0]["abandoned"] is False
    (listed,) = host.drills.told("list")
    assert (listed["status"], listed["guided"]["state"]) == ("running", "open")
    with pytest.raises(RestoreError, match="nothing yet"):
        end(host, drill_id)
    assert restore(host, "--table", "public.orders") == 0
    take_in_and_tick(host, drill_id)
    assert restore(host, "--table", "public.orders") == 0
    take_in(host, drill_id)
    check_both_servers_are_told_once_they_are_old(host)
    assert "2 scratch servers are taken away" in end(host, drill_id)
    assert list(host.place.iterdir()) == []
    assert forgotten(host, after_hours=25) == []
    with pytest.raises(RestoreError, match="The drill is over"):
        end(host, drill_id)
    (record,) = host.site.store.drills.newest(9)
    assert (record.status, record.what) == (DrillStatus.PASSED, "public.orders")
    assert (record.tables, record.rows) == (1, 3000)
    assert "validate" in {each.name for each in record.phases}
    assert host.site.store.drills.last_proofs("shop", until=datetime.now(UTC)) == ()
    code, out, _ = host.drills.run("report")
    assert (code, "# Guided drill: database" in out, "NOT DONE" in out) == (0, True, False)
    assert host.drills.told("guide") == []
    assert host.drills.run("guide", "nothing", "--json")[0] == 64


def test_a_restore_that_fails_fails_the_drill(host: DrillHost) -> None:
    drill_id = host.drills.told("guide", "server")["drill"]
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
    assert list(host.place.iterdir()) == []
