"""A backup is protected while another host destroys it: whatever comes first, nobody is deceived.

Two hosts with stores of their own act on one repository, and each stops before every single look
at the backup and every change of it. All orders are tried in which one of them is interrupted once
and interrupts the other one; of those of two prunes and a protection, very many.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import cast

import pytest

from core.backup import layout
from core.backup.keeping import keep
from core.backup.markers import Destruction, Protection, announce_destruction, write_expiry
from core.backup.progress import SilentReporter
from core.backup.prune.job import pruning_of
from core.backup.prune.run import Pruning
from core.backup.repository.protocol import Repository
from core.errors import BackupError
from tests.contract.prune.pruning import SETTINGS
from tests.contract.repositories import small_folder
from tests.contract.stepping import Actor, Stepping, ends_of_all_orders
from tests.servers.backed_up import BackedUp, backed_up
from tests.servers.sealed_backups import SERVER, SealedBackup, Sealing

SEALING = Sealing()


class Yard:
    """Two hosts, a repository, and a backup whose time of grace is over."""

    def __init__(self, hosts: list[BackedUp]) -> None:
        self.hosts = hosts
        self.repository = hosts[0].repositories["only"]
        self.old: SealedBackup = SEALING.full(0)
        self.folder = layout.backup_folder(SERVER, self.old.backup_id)
        young = SEALING.full(14)
        for host in hosts:
            host.later(days=15)
            host.put(young)

    def reset(self) -> None:
        """The backup is whole, and expired long ago."""
        self.repository.delete([each.path for each in self.repository.list(self.folder)])
        for host in self.hosts:
            host.put(self.old)
        expired = self.hosts[0].at.replace(day=1)
        write_expiry(self.repository, SERVER, self.old.backup_id, expired)

    def pruning(self, number: int) -> Pruning:
        host = self.hosts[number]
        return pruning_of(
            host.store,
            host.settings,
            server=SERVER,
            repository=self.repository,
            who=f"host {number}",
            reporter=SilentReporter(),
            now=host.now,
        )

    def prune(self, number: int = 0) -> Actor:
        """A prune that has planned already to destroy the backup."""
        at_work = self.pruning(number)
        planned = at_work.plan()
        assert [entry.backup_id for entry in planned.plan.destroy] == [self.old.backup_id]

        def work(stop: Callable[[], None]) -> None:
            at_work.repository = cast("Repository", Stepping(self.repository, self.folder, stop))
            at_work.do(planned)

        return Actor(work)

    def protect(self) -> Actor:
        """Somebody who wants the backup kept."""
        now = self.hosts[0].now()

        def work(stop: Callable[[], None]) -> None:
            place = cast("Repository", Stepping(self.repository, self.folder, stop))
            keep(place, SERVER, self.old.backup_id, Protection("audit", "ana", now), now)

        return Actor(work)

    def there(self) -> set[str]:
        """The names of what is in the backup's folder."""
        return {each.path for each in self.repository.list(self.folder)}

    def check(self, protecting: Actor) -> bool:
        """Whether it is kept; whoever was told so has it whole, now and after the next prunes."""
        whole = set(self.old.objects)
        if protecting.error is not None:
            assert isinstance(protecting.error, BackupError), protecting.error
            return False
        kept = {*whole, layout.protected_file(SERVER, self.old.backup_id)}
        assert self.there() == kept, "it is said to be kept"
        for number in range(len(self.hosts)):
            at_work = self.pruning(number)
            at_work.do(at_work.plan())
        assert self.there() == kept
        return True


@pytest.fixture
def yard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Yard]:
    """Without waiting for the disk: no power goes here, and there are hundreds of orders."""
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)
    place = small_folder(tmp_path / "repository").settings
    places = {"only": place}
    with (
        backed_up(tmp_path, places, SEALING, host="one", **SETTINGS) as one,
        backed_up(tmp_path, places, SEALING, host="two", **SETTINGS) as two,
    ):
        yield Yard([one, two])


@pytest.mark.parametrize("first", ["prune", "protect"])
def test_whichever_is_interrupted_a_backup_that_is_said_to_be_kept_is_whole(
    yard: Yard, first: str
) -> None:
    def begin() -> dict[str, Actor]:
        yard.reset()
        return {"protect": yard.protect(), "prune": yard.prune()}

    def end(actors: dict[str, Actor]) -> str:
        assert actors["prune"].error is None
        return "kept" if yard.check(actors["protect"]) else "lost"

    assert ends_of_all_orders(first, begin, end) == {"kept", "lost"}


def test_two_prunes_and_a_protection_in_any_order_deceive_nobody(yard: Yard) -> None:
    kept = lost = 0
    for seed in range(100):
        order = Random(seed)
        yard.reset()
        actors = [yard.protect(), yard.prune(0), yard.prune(1)]
        while not all(actor.is_over for actor in actors):
            actor = order.choice(actors)
            for _ in range(order.randrange(1, 6)):
                actor.step()
        assert [actor.error for actor in actors[1:]] == [None, None]
        if yard.check(actors[0]):
            kept += 1
        else:
            lost += 1
    assert kept
    assert lost


def test_one_that_backs_out_takes_nobody_elses_announcement_with_it(yard: Yard) -> None:
    yard.reset()
    destroying, backing_out = yard.prune(0), yard.prune(1)
    while not any("destroying-" in path for path in yard.there()):
        destroying.step()
    (announced,) = (path for path in yard.there() if "destroying-" in path)
    destroying.step()  # it has looked whether somebody keeps the backup, and nobody did
    protecting = yard.protect()
    while layout.protected_file(SERVER, yard.old.backup_id) not in yard.there():
        protecting.step()
    backing_out.go_on()
    assert announced in yard.there()
    protecting.go_on()
    assert isinstance(protecting.error, BackupError)
    assert "host 0 has begun" in protecting.error.why
    destroying.go_on()
    assert yard.there() == set()


def test_who_was_killed_while_he_began_hinders_nobody_for_long(yard: Yard) -> None:
    yard.reset()
    backup_id, host = yard.old.backup_id, yard.hosts[0]
    dead = Destruction.begin("host 7", host.now())
    announce_destruction(yard.repository, SERVER, backup_id, dead)
    protection = Protection("audit", "ana", host.now())
    with pytest.raises(BackupError, match="is being destroyed"):
        keep(yard.repository, SERVER, backup_id, protection, host.now())
    at_work = yard.pruning(0)
    at_work.do(at_work.plan())
    assert set(yard.old.objects) < yard.there(), "the wish to keep it counts all the same"
    host.later(seconds=yard.repository.settings.stale_seconds)
    keep(yard.repository, SERVER, backup_id, protection, host.now())
    protected = layout.protected_file(SERVER, backup_id)
    assert yard.there() == {*yard.old.objects, protected}


def test_what_was_destroyed_in_part_is_finished_though_somebody_wished_to_keep_it_then(
    yard: Yard,
) -> None:
    yard.reset()
    destroying = yard.prune()
    while layout.wraps_file(SERVER, yard.old.backup_id) in yard.there():
        destroying.step()
    # It is as dead now; so is who writes this, before it is looked again.
    path = layout.protected_file(SERVER, yard.old.backup_id)
    yard.repository.write(path, b"")
    for number in range(2):
        at_work = yard.pruning(number)
        with suppress(BackupError):
            at_work.do(at_work.plan())
    assert yard.there() == set()
    destroying.go_on()
