"""One night by clocks that are ahead: nothing is lost by it, and nothing stays for ever."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.backup.timeline import sequence_after
from core.errors import BackupError
from tests.contract.prune.pruning import SEALING, folder, ids, look, outline, plan, prune
from tests.servers.backed_up import BackedUp
from tests.servers.sealed_backups import BEGIN, SERVER, SealedBackup


def night(host: BackedUp, day: float, *, ahead: float = 0) -> SealedBackup:
    """A backup of so many days after the begin, by clocks that were so many days ahead."""
    said = BEGIN + timedelta(days=day + ahead)
    place = sequence_after(host.store.catalog.entries(SERVER), said)
    return host.put(SEALING.full(day + ahead, sequenced_at=place))


def test_it_holds_back_until_a_backup_by_right_clocks_follows(host: BackedUp) -> None:
    first = night(host, 0)
    night(host, 8, ahead=400)
    with pytest.raises(BackupError, match="Nothing is pruned"):
        prune(host)
    night(host, 11)
    assert prune(host).expired == ids(first)


def test_it_goes_when_the_one_that_followed_is_as_old(host: BackedUp) -> None:
    wrong = night(host, 10, ahead=36_500)
    followed, newest = night(host, 11), night(host, 20)
    host.later(days=8.9)
    assert prune(host).expired == ()
    host.later(days=0.2)
    assert set(prune(host).expired) == set(ids(wrong, followed))
    host.later(days=1.1)
    assert set(prune(host).destroyed) == set(ids(wrong, followed))
    assert folder(host, wrong) == set()
    assert "manifest.sealed" in folder(host, newest)


def test_a_new_machine_plans_the_same_from_the_repository_alone(
    host: BackedUp, other: BackedUp
) -> None:
    night(host, 0)
    night(host, 5, ahead=6.5)
    newest = [night(host, day) for day in (7, 9, 11)][-1]
    plan(other)
    look(other)
    told = outline(plan(other))
    assert told == outline(plan(host))
    last = [backup_id for backup_id, why in told[1] if "the newest good one" in why]
    assert last == [newest.backup_id]
