"""What dead runs left is cleared; what others still need or write is not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.backup import layout
from core.backup.markers import Protection, write_protection
from tests.contract.prune.pruning import SEALING, folder, plan, prune, pruning, today
from tests.servers.backed_up import BackedUp
from tests.servers.sealed_backups import SERVER


def test_what_a_dead_run_left_is_cleared_once_it_is_old(host: BackedUp) -> None:
    host.put(SEALING.full(today()))
    dead = SEALING.full(0)
    manifest = layout.manifest_file(SERVER, dead.backup_id)
    for path, content in dead.objects.items():
        if path != manifest:
            host.repositories["only"].write(path, content)
    host.at = max(each.modified_at for each in host.repositories["only"].list())
    assert plan(host).rubbish == ()
    host.at += timedelta(days=1.1)
    assert [each.backup_id for each in plan(host).rubbish] == [dead.backup_id]
    assert prune(host).cleared == 1
    assert folder(host, dead) == set()


def test_a_run_that_goes_on_meanwhile_is_left_alone(host: BackedUp) -> None:
    host.put(SEALING.full(today()))
    slow = SEALING.full(0)
    first, second, *_ = slow.objects
    host.repositories["only"].write(first, slow.objects[first])
    host.at = max(each.modified_at for each in host.repositories["only"].list())
    host.at += timedelta(days=1.1)
    at_work = pruning(host)
    planned = at_work.plan()
    assert planned.rubbish
    host.repositories["only"].write(second, slow.objects[second])
    assert at_work.do(planned).cleared == 0
    assert len(folder(host, slow)) == 2


def test_a_folder_whose_manifest_is_lost_is_no_rubbish(host: BackedUp) -> None:
    lost = host.put(SEALING.full(11))
    host.put(SEALING.full(today()))
    host.repositories["only"].delete([layout.manifest_file(SERVER, lost.backup_id)])
    host.at = max(each.modified_at for each in host.repositories["only"].list())
    host.at += timedelta(days=2)
    assert plan(host).rubbish == ()


def test_a_protection_of_nothing_is_a_leftover(host: BackedUp) -> None:
    host.put(SEALING.full(today()))
    gone = SEALING.full(0)
    protection = Protection("hold", "ana", host.now())
    write_protection(host.repositories["only"], SERVER, gone.backup_id, protection)
    host.at = max(each.modified_at for each in host.repositories["only"].list())
    assert plan(host).rubbish == ()
    host.at += timedelta(days=1.1)
    assert prune(host).cleared == 1
    assert folder(host, gone) == set()


@pytest.mark.parametrize("left", ["manifest.sealed", "wraps.json", "artifacts/toc.dat.sealed"])
def test_what_is_left_of_a_protected_backup_is_no_leftover(host: BackedUp, left: str) -> None:
    host.put(SEALING.full(today()))
    cut = SEALING.full(0)
    path = layout.backup_folder(SERVER, cut.backup_id) + left
    host.repositories["only"].write(path, cut.objects[path])
    protection = Protection("hold", "ana", host.now())
    write_protection(host.repositories["only"], SERVER, cut.backup_id, protection)
    host.at = max(each.modified_at for each in host.repositories["only"].list())
    host.at += timedelta(days=2)
    assert plan(host).rubbish == ()
