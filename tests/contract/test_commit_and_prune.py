"""A backup ends while a prune takes it for dead: it is whole, or it says that it failed.

Each of them stops before every single look at the backup and every change of it; all orders are
tried in which one of them is interrupted once and interrupts the other one.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

import pytest

from core.backup import layout
from core.backup.commit import commit_copy
from core.backup.copies import Copies
from core.backup.leftovers import discard
from core.backup.progress import SilentReporter
from core.backup.prune.job import pruning_of
from core.backup.repository.open import open_repository
from core.backup.repository.protocol import Repository
from core.errors import BackupError
from tests.contract.prune.pruning import SETTINGS
from tests.contract.repositories import small_folder
from tests.contract.stepping import Actor, Stepping
from tests.servers.backed_up import BackedUp, backed_up
from tests.servers.sealed_backups import SERVER, SealedBackup, Sealing

SEALING = Sealing()
LONG_AGO = 1_790_000_000


class Yard:
    """A repository with a backup that lacks nothing but its manifest, and is silent for long."""

    def __init__(self, host: BackedUp, files: Path) -> None:
        self._host, self._files = host, files
        self._repository = open_repository("only", host.settings.repositories["only"])
        self.slow: SealedBackup = SEALING.full(0)
        self.folder = layout.backup_folder(SERVER, self.slow.backup_id)
        host.put(SEALING.full(14))
        host.later(days=15)

    def reset(self) -> None:
        """All but the manifest is there."""
        self._repository.delete([each.path for each in self._repository.list(self.folder)])
        self._host.store.catalog.remove(self.slow.backup_id)
        for path, content in self.slow.objects.items():
            if not path.endswith("/manifest.sealed"):
                self._repository.write(path, content)
                os.utime(self._files / path, (LONG_AGO, LONG_AGO))

    def prune(self) -> Actor:
        """A prune that has planned already to clear it away."""
        at_work = pruning_of(
            self._host.store,
            self._host.settings,
            server=SERVER,
            repository=self._repository,
            who="ana",
            reporter=SilentReporter(),
            now=self._host.now,
        )
        planned = at_work.plan()
        assert [each.backup_id for each in planned.rubbish] == [self.slow.backup_id]

        def work(stop: Callable[[], None]) -> None:
            at_work.repository = cast("Repository", Stepping(self._repository, self.folder, stop))
            at_work.do(planned)

        return Actor(work)

    def commit(self) -> Actor:
        """The backup that goes on."""
        server, backup_id, objects = SERVER, self.slow.backup_id, self.slow.objects
        sealed = objects[layout.manifest_file(server, backup_id)]
        wraps = objects[layout.wraps_file(server, backup_id)]

        def work(stop: Callable[[], None]) -> None:
            place = cast("Repository", Stepping(self._repository, self.folder, stop))
            (copy,) = Copies([place]).all
            try:
                commit_copy(copy, self.slow.manifest, sealed, wraps)
            except BackupError:
                discard(place, server, backup_id)
                raise

        return Actor(work)

    def there(self) -> set[str]:
        """What is in the backup's folder."""
        return {each.path for each in self._repository.list(self.folder)}


@pytest.fixture
def yard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Yard]:
    """Without waiting for the disk: no power goes here, and there are hundreds of orders."""
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)
    place = small_folder(tmp_path / "repository")
    with backed_up(tmp_path, {"only": place.settings}, SEALING, **SETTINGS) as host:
        yield Yard(host, place.files)


@pytest.mark.parametrize("first", ["prune", "commit"])
def test_whichever_is_interrupted_a_backup_that_is_said_to_exist_is_whole(
    yard: Yard, first: str
) -> None:
    whole = lost = steps = 0
    is_over = False
    while not is_over:
        others = 0
        while True:
            yard.reset()
            committing, pruning = yard.commit(), yard.prune()
            one, other = (pruning, committing) if first == "prune" else (committing, pruning)
            for _ in range(steps):
                one.step()
            is_over = one.is_over
            for _ in range(others):
                other.step()
            ended = other.is_over
            one.go_on()
            other.go_on()
            assert pruning.error is None
            if committing.error is None:
                whole += 1
                assert yard.there() == set(yard.slow.objects), "it is said to exist"
            else:
                lost += 1
                assert isinstance(committing.error, BackupError), committing.error
                assert yard.there() == set()
            if ended:
                break
            others += 1
        steps += 1
    assert steps > 7
    assert whole
    assert lost
