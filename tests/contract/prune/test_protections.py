"""What a person protects stays, in each repository, and nothing is called kept that is gone."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

import pytest

from core.backup import layout
from core.backup.keeping import keep
from core.backup.markers import (
    Protection,
    clear_protection,
    read_expiry,
    read_protection,
    write_expiry,
)
from core.backup.protect import protect, unprotect
from core.backup.repository.protocol import Deletion, Repository
from core.errors import BackupError
from tests.contract.otherwise import Otherwise
from tests.contract.prune.pruning import SEALING, folder, ids, look, plan, prune
from tests.servers.backed_up import BackedUp
from tests.servers.sealed_backups import SERVER


def test_what_a_person_protects_stays_and_comes_back_from_its_time_of_grace(
    host: BackedUp,
) -> None:
    old, _ = host.put(SEALING.full(0)), host.put(SEALING.full(10))
    prune(host)
    protect(host.store, host.settings, old.backup_id, "audit 2026", who="ana", now=host.now)
    assert "expired.json" not in folder(host, old)
    host.later(days=3)
    found = plan(host)
    assert found.is_empty
    assert ("protected: audit 2026",) in {kept.reasons for kept in found.plan.kept}
    unprotect(host.store, host.settings, old.backup_id, who="ana")
    assert "protected.json" not in folder(host, old)
    assert prune(host).expired == ids(old)


def test_other_hosts_keep_what_is_protected(host: BackedUp, other: BackedUp) -> None:
    old, young = host.put(SEALING.full(0)), host.put(SEALING.full(10))
    for backup in (old, young):
        other.put(backup)
    protect(host.store, host.settings, old.backup_id, "audit 2026", who="ana", now=host.now)
    assert plan(other).is_empty


class Destroying(Otherwise):
    """Another host destroys a backup right after it is protected."""

    def __init__(self, repository: Repository, after: str) -> None:
        super().__init__(repository)
        self._after = after

    def write(self, path: str, content: bytes) -> None:
        self.within.write(path, content)
        self._destroy("write", path)

    def delete(self, paths: list[str]) -> Deletion:
        done = self.within.delete(paths)
        self._destroy("delete", paths[0])
        return done

    def hide(self, paths: list[str]) -> Deletion:
        return self.delete(paths)

    def _destroy(self, step: str, path: str) -> None:
        if step == self._after:
            folder = path.rpartition("/")[0]
            gone = [f"{folder}/wraps.json", f"{folder}/manifest.sealed"]
            self.within.delete(gone)


def test_a_backup_that_is_gone_can_not_be_protected_and_nothing_stays_of_it(
    pair: BackedUp,
) -> None:
    gone, _ = pair.put(SEALING.full(0)), pair.put(SEALING.full(10))
    for repository in pair.repositories.values():
        repository.delete(list(gone.objects))
    with pytest.raises(BackupError, match="Nothing was changed") as refused:
        protect(pair.store, pair.settings, gone.backup_id, "hold", who="ana", now=pair.now)
    assert "manifest.sealed is not there" in refused.value.why
    assert (folder(pair, gone, "near"), folder(pair, gone, "far")) == (set(), set())
    entry = pair.store.catalog.get(gone.backup_id)
    assert entry is not None
    assert not entry.kept_because


@pytest.mark.parametrize("lost", ["manifest.sealed", "wraps.json"])
def test_a_copy_that_is_gone_is_named_and_the_other_is_protected(pair: BackedUp, lost: str) -> None:
    backup = pair.put(SEALING.full(0))
    pair.repositories["far"].delete([layout.backup_folder(SERVER, backup.backup_id) + lost])
    outcome = protect(pair.store, pair.settings, backup.backup_id, "hold", who="ana", now=pair.now)
    assert outcome.done == ("near",)
    assert [name for name, _ in outcome.problems] == ["far"]
    assert "protected.json" not in folder(pair, backup, "far")


@pytest.mark.parametrize("step", ["write", "delete"])
def test_a_backup_that_is_destroyed_while_it_is_protected_is_not_said_to_be_kept(
    host: BackedUp, step: str
) -> None:
    old = host.put(SEALING.full(0))
    write_expiry(host.repositories["only"], SERVER, old.backup_id, host.now())
    racing: Any = Destroying(host.repositories["only"], step)
    with pytest.raises(BackupError, match="is not in only any more"):
        keep(racing, SERVER, old.backup_id, Protection("hold", "ana", host.now()), host.now())
    assert "protected.json" not in folder(host, old)


def test_a_protection_that_one_repository_missed_is_written_there_later(pair: BackedUp) -> None:
    old, _ = pair.put(SEALING.full(0)), pair.put(SEALING.full(10))
    near, far = (pair.repositories[name] for name in ("near", "far"))
    protection = Protection("audit", "ana", pair.now())
    keep(near, SERVER, old.backup_id, protection, pair.now())
    write_expiry(far, SERVER, old.backup_id, pair.now())
    look(pair)
    assert read_protection(far, SERVER, old.backup_id) == protection
    assert read_expiry(far, SERVER, old.backup_id) is None
    entry = pair.store.catalog.get(old.backup_id)
    assert entry is not None
    assert (entry.kept_because, entry.expired_at) == ("audit", None)
    pair.later(days=5)
    assert prune(pair, "far").expired == ()


def test_a_protection_that_another_host_released_does_not_come_back(pair: BackedUp) -> None:
    old = pair.put(SEALING.full(0))
    protect(pair.store, pair.settings, old.backup_id, "audit", who="ana", now=pair.now)
    for repository in pair.repositories.values():
        clear_protection(repository, SERVER, old.backup_id)
    look(pair)
    assert "protected.json" not in folder(pair, old, "near") | folder(pair, old, "far")


def _by_hand(kind: str, **content: object) -> bytes:
    """A document whose digest is right, though pgvigil would not write it."""
    before = json.dumps({"format": kind, "version": 1, **content}, indent=1)
    digest = sha256(before.encode()).hexdigest()
    return f'{before[:-2]},\n "digest": "{digest}"\n}}'.encode()


def test_a_reason_that_is_no_text_protects_all_the_same_and_stops_nothing_else(
    pair: BackedUp,
) -> None:
    surrogate, nul, old, _ = (pair.put(SEALING.full(day)) for day in (0, 0, 1, 10))
    for backup, reason in ((surrogate, "f\udcfcr Audit"), (nul, "a\0b")):
        told = {"backup_id": backup.backup_id, "reason": reason, "who": "ana"}
        mark = _by_hand("pgvigil protection", **told, at=pair.now().isoformat())
        for place in pair.repositories.values():
            place.write(layout.protected_file(SERVER, backup.backup_id), mark)
    assert prune(pair, "near").expired == ids(old)
    look(pair)
    entries = pair.store.catalog.some(ids(surrogate, nul))
    assert ["the reason can't be read" in each.kept_because for each in entries] == [True, True]
    unprotect(pair.store, pair.settings, nul.backup_id, who="ana")
    assert prune(pair, "near").expired == ids(nul)


def test_an_expiry_out_of_all_time_is_a_damaged_mark_of_that_backup_alone(pair: BackedUp) -> None:
    first, last, old, _ = (pair.put(SEALING.full(day)) for day in (0, 0, 1, 10))
    for backup, at in (
        (first, "0001-01-01T00:00:00+14:00"),
        (last, "9999-12-31T23:59:59+00:00"),
    ):
        mark = _by_hand("pgvigil expiry", backup_id=backup.backup_id, at=at)
        place = pair.repositories["near"]
        place.write(layout.expired_file(SERVER, backup.backup_id), mark)
    assert set(prune(pair, "near").expired) == {*ids(first, last, old)}
    assert read_expiry(place, SERVER, last.backup_id) == pair.now()


def test_a_reason_that_is_no_text_is_written_nowhere(pair: BackedUp) -> None:
    backup = pair.put(SEALING.full(0))
    with pytest.raises(BackupError, match="Nothing was changed") as refused:
        protect(pair.store, pair.settings, backup.backup_id, "f\udcfcr", who="ana", now=pair.now)
    assert "no text" in refused.value.why
    for name in ("near", "far"):
        assert "protected.json" not in folder(pair, backup, name)
