"""The last good backup of each choice of schemas and tables stays, on every host."""

from __future__ import annotations

from core.model.backup import BackupKind, Selection
from tests.contract.prune.pruning import SEALING, ids, look, outline, plan, prune
from tests.servers.backed_up import BackedUp
from tests.servers.sealed_backups import SealedBackup

RARE, OFTEN = Selection(tables=("public.ledger",)), Selection(schemas=("web", "app"))


def chosen(host: BackedUp, day: float, selection: Selection) -> SealedBackup:
    return host.put(SEALING.full(day, kind=BackupKind.DATA, selection=selection))


def test_a_rare_selection_keeps_its_last_one_while_a_frequent_one_is_pruned(
    host: BackedUp, other: BackedUp
) -> None:
    chosen(host, 0, RARE)
    often = [chosen(host, day / 2, OFTEN) for day in range(1, 24)]
    plan(other)
    look(other)
    assert outline(plan(other)) == outline(plan(host))
    assert prune(host).expired == ids(*often[:3])
    host.later(days=2)
    assert set(ids(*often[:3])) == set(prune(host).destroyed)


def test_the_last_of_a_selection_goes_where_somebody_deletes_its_folder(host: BackedUp) -> None:
    last = chosen(host, 0, RARE)
    chosen(host, 11, OFTEN)
    assert prune(host).expired == ()
    host.repositories["only"].delete(list(last.objects))
    assert plan(host).forgotten == ids(last)
    prune(host)
    assert host.store.catalog.get(last.backup_id) is None
