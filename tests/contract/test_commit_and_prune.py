"""A backup, or a copy that is written again, ends while a prune takes it for dead.

It is whole then, or it is said that it failed.

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
from core.backup.leftovers import discard, discard_unless_whole
from core.backup.progress import SilentReporter
from core.backup.prune.job import pruning_of
from core.backup.repair import repair_copy
from core.backup.repository.open import open_repository
from core.backup.repository.protocol import Deletion, Repository
from core.backup.verify.copy import Thoroughness
from core.errors import BackupError
from core.model.backup import VerificationLevel
from tests.contract.otherwise import Otherwise
from tests.contract.prune.pruning import SETTINGS
from tests.contract.repositories import small_folder
from tests.contract.stepping import Actor, Stepping, ends_of_all_orders
from tests.servers.backed_up import BackedUp, backed_up
from tests.servers.sealed_backups import SERVER, SealedBackup, Sealing

SEALING = Sealing()
LONG_AGO = 1_790_000_000


class Suspended(Otherwise):
    """To its user every step takes days: what he wrote is old at once."""

    def __init__(self, repository: Repository, files: Path) -> None:
        super().__init__(repository)
        self._files = files

    def write(self, path: str, data: bytes) -> None:
        if not path.endswith("/running.json"):
            self.within.write(path, data)
            os.utime(self._files / path, (LONG_AGO, LONG_AGO))

    def delete(self, paths: list[str]) -> Deletion:
        left = [path for path in paths if not path.endswith("/running.json")]
        return self.within.delete(left) if left else Deletion()


class Yard:
    """A repository with a backup that lacks nothing but its manifest, and is silent for long."""

    def __init__(self, host: BackedUp, files: Path, good: Repository) -> None:
        self._host, self._files, self._good = host, files, good
        self._repository = open_repository("only", host.settings.repositories["only"])
        self.slow: SealedBackup = SEALING.full(0)
        self.folder = layout.backup_folder(SERVER, self.slow.backup_id)
        self.slow.write_to(good)
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

    def clear(self) -> Actor:
        """Who clears up after the run that died here."""

        def work(stop: Callable[[], None]) -> None:
            place = cast("Repository", Stepping(self._repository, self.folder, stop))
            discard_unless_whole(place, SERVER, self.slow.backup_id)

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
                commit_copy(copy, self.slow.manifest, sealed, wraps, SEALING.ring)
            except BackupError:
                discard(place, server, backup_id)
                raise

        return Actor(work)

    def repair(self) -> Actor:
        """Somebody who writes the copy again, and is suspended again and again."""

        def work(stop: Callable[[], None]) -> None:
            stepping = cast("Repository", Stepping(self._repository, self.folder, stop))
            place = Suspended(stepping, self._files)
            repair_copy(
                self.slow.backup_id,
                SERVER,
                good=self._good,
                bad=place.repository,
                keys=SEALING.ring,
                how=Thoroughness(VerificationLevel.SEALED, lambda _: None, 60),
                reporter=SilentReporter(),
                who="bo",
                known=self.slow.manifest,
            )

        return Actor(work)

    def there(self) -> set[str]:
        """What is in the backup's folder."""
        return {each.path for each in self._repository.list(self.folder)}


@pytest.fixture
def yard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Yard]:
    """Without waiting for the disk: no power goes here, and there are hundreds of orders."""
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)
    place = small_folder(tmp_path / "repository")
    with (
        backed_up(tmp_path, {"only": place.settings}, SEALING, **SETTINGS) as host,
        small_folder(tmp_path / "good").opened() as good,
    ):
        yield Yard(host, place.files, good)


@pytest.mark.parametrize(
    ("writing", "clearing"), [("commit", "prune"), ("repair", "prune"), ("repair", "clear")]
)
@pytest.mark.parametrize("is_clearing_first", [True, False])
def test_whichever_is_interrupted_a_copy_that_is_said_to_exist_is_whole(
    yard: Yard, writing: str, clearing: str, is_clearing_first: bool
) -> None:
    def begin() -> dict[str, Actor]:
        yard.reset()
        return {writing: getattr(yard, writing)(), clearing: getattr(yard, clearing)()}

    def end(actors: dict[str, Actor]) -> str:
        error = actors[writing].error
        assert actors[clearing].error is None
        if error is None:
            assert yard.there() == set(yard.slow.objects), "it is said to exist"
            return "whole"
        assert isinstance(error, BackupError), error
        assert layout.manifest_file(SERVER, yard.slow.backup_id) not in yard.there()
        assert writing == "repair" or yard.there() == set()
        return "lost"

    first = clearing if is_clearing_first else writing
    assert ends_of_all_orders(first, begin, end) == {"lost", "whole"}


def test_a_repair_that_was_given_up_is_done_by_the_next(yard: Yard) -> None:
    yard.reset()
    repairing, pruning = yard.repair(), yard.prune()
    while not any("destroying-" in path for path in yard.there()):
        pruning.step()
    repairing.go_on()
    assert isinstance(repairing.error, BackupError)
    assert "is clearing it away" in repairing.error.why
    pruning.go_on()
    again = yard.repair()
    again.go_on()
    assert again.error is None
    assert yard.there() == set(yard.slow.objects)
