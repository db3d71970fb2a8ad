"""Of one store, one process at a time takes away or rewraps what a repository holds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from core.api.keys import Keys
from core.api.who import me
from core.backup.changing import changing, right_to_change
from core.errors import BackupError
from tests.contract.prune.pruning import prune
from tests.contract.repositories import Place
from tests.servers.backed_up import BackedUp, backed_up
from tests.servers.sealed_backups import Sealing

SEALING = Sealing()


@pytest.fixture
def host(place: Place, tmp_path: Path) -> Iterator[BackedUp]:
    """A host with three backups in one repository."""
    with backed_up(tmp_path, {"only": place.settings}, SEALING) as host:
        for day in range(3):
            host.put(SEALING.full(day))
        host.later(days=3)
        yield host


def keys(host: BackedUp) -> Keys:
    return Keys(host.settings, host.store)


def test_no_key_is_rotated_while_somebody_prunes_and_it_is_said_who_does(host: BackedUp) -> None:
    leases = host.store.leases
    with changing(leases, "only", who="ana@bastion", now=host.now(), seconds=60):
        ((_, refused),) = keys(host).rotate([])
    assert "being changed" in refused.hindrance
    assert "ana@bastion since 2026-11-04 02:00:00 UTC" in refused.hindrance
    assert not refused.is_complete
    *_, (_, report) = keys(host).rotate([])
    assert report.already == 3


def test_nothing_is_pruned_while_keys_are_rotated_and_it_is_said_who_does(host: BackedUp) -> None:
    with closing(keys(host).rotate([])) as rotation:
        next(rotation)
        with pytest.raises(BackupError, match="being changed") as refused:
            prune(host)
    assert me() in refused.value.why
    prune(host)


def test_a_rotation_is_free_to_be_repeated_as_soon_as_it_is_given_up(host: BackedUp) -> None:
    with closing(keys(host).rotate([])) as rotation:
        next(rotation)
        assert host.store.leases.holder(right_to_change("only")) is not None
    assert host.store.leases.holder(right_to_change("only")) is None
