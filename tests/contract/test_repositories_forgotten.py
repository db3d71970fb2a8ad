"""A repository that the config has no more: told, let go of by a person, and found again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from core.api.backup_care import BackupCare
from core.api.backup_names import UnknownNameError
from core.api.backups import Backups
from core.backup import identity
from core.backup.forget import StillConfiguredError
from core.backup.progress import SilentReporter
from core.backup.repository.open import open_repository
from core.backup.verify.job import run_verify_job
from core.config.retention_settings import KeepSettings, RetentionSettings
from core.config.settings import Settings
from core.config.verify_settings import VerifySettings
from core.errors import BackupError
from core.model.job import JobKind, JobOrder
from core.model.unconfigured import UnconfiguredRepository
from core.schedule.overview import Overviews
from core.store.repository_ids import Seat
from tests.contract.repositories import small_folder
from tests.contract.verify.verifying import DUE, EVERYTHING, SEALING, damage, verify
from tests.servers.backed_up import BackedUp, backed_up
from tests.servers.sealed_backups import SERVER, SYSTEM
from tui.forget_report import forget_lines

KEEP_ALL = RetentionSettings(full=KeepSettings(days=3650))


@pytest.fixture
def host(tmp_path: Path) -> Iterator[BackedUp]:
    """A host with two repositories, of which ``without`` takes the second out of the config."""
    places = {name: small_folder(tmp_path / name).settings for name in ("first", "second")}
    verifying = VerifySettings(level="sealed", share=1)
    with backed_up(tmp_path, places, SEALING, verify=verifying, retention=KEEP_ALL) as host:
        host.later(days=60)
        yield host


def without(host: BackedUp, name: str = "second") -> Settings:
    """Take a repository out of the config; gives the config as it was."""
    before = host.settings
    left = {each: place for each, place in before.repositories.items() if each != name}
    backup = replace(before.backup, copies=tuple(left))
    host.settings = replace(before, repositories=left, backup=backup)
    return before


def care(host: BackedUp) -> BackupCare:
    return BackupCare(host.settings, host.store, Path(), now=host.now)


def objects(host: BackedUp, name: str) -> dict[str, int]:
    return {each.path: each.size for each in host.repositories[name].list()}


def test_until_then_every_verification_says_that_it_is_not_looked_at(host: BackedUp) -> None:
    backup = host.put(SEALING.full())
    without(host)
    for wanted in (EVERYTHING, DUE):
        outcome = verify(host, wanted)
        (left,) = outcome.unknown
        assert (left.backup_id, left.repository) == (backup.backup_id, "second")
        assert "pgvigil backup forget second" in left.problem
        assert "of 1 nothing can be said (in second)" in outcome.sentence()
    order = JobOrder(JobKind.VERIFY, "", "schedule", {})
    with pytest.raises(BackupError, match="Not every copy") as failure:
        run_verify_job(host.store, host.settings, order, SilentReporter())
    assert "the config has no repository second any more" in failure.value.why


def test_a_folder_of_another_host_on_the_store_is_that_ones_to_look_after(host: BackedUp) -> None:
    host.put(SEALING.full())
    host.store.catalog.repository_ids.note(SERVER, "second", "an id")
    host.store.catalog.repository_ids.see(Seat("another", "/srv/second"), "an id")
    without(host)
    assert verify(host, EVERYTHING).is_well
    assert verify(host, DUE).is_well
    overview = Overviews(host.settings, SERVER).read(host.store, host.now(), 0)
    assert overview.unconfigured == ()
    host.store.catalog.repository_ids.see(Seat("", "s3://gone/second"), "an id")
    assert not verify(host, DUE).is_well


def test_the_overview_counts_its_copies_and_those_that_are_the_only_ones(host: BackedUp) -> None:
    host.put(SEALING.full(0))
    host.put(SEALING.full(1), "second")
    without(host)
    overview = Overviews(host.settings, SERVER).read(host.store, host.now(), 0)
    assert overview.unconfigured == (UnconfiguredRepository("second", 2, 1),)


def test_what_is_let_go_of_is_shown_and_nothing_else_goes(host: BackedUp) -> None:
    both = host.put(SEALING.full(0))
    bad = host.put(SEALING.full(1))
    alone = host.put(SEALING.full(2, copies=("second",)), "second")
    verify(host)
    damage(host, "first", bad)
    place = without(host).repositories["second"].path
    verify(host, EVERYTHING)
    plan = care(host).forget_plan("second")
    assert {entry.backup_id for entry in plan.only_copies} == {bad.backup_id, alone.backup_id}
    told = "\n".join(forget_lines(plan))
    assert f"it was seen at {place}" in told
    assert "shop: 3 copies" in told
    assert f"ONLY COPY    {alone.backup_id}" in told
    before = objects(host, "second")
    care(host).forget(plan)
    assert objects(host, "second") == before
    assert [set(host.copies(each)) for each in (both, bad, alone)] == [{"first"}, {"first"}, set()]
    (entry,) = host.store.audit.entries(1)
    assert (entry.action, entry.target) == ("forget repository", "repository second")
    assert alone.backup_id in entry.details["only copies"]
    assert [each.repository for each in verify(host, EVERYTHING).unknown] == []


def test_putting_it_back_and_asking_it_undoes_it(host: BackedUp) -> None:
    alone = host.put(SEALING.full(copies=("second",)), "second")
    verify(host)
    before = without(host)
    care(host).forget(care(host).forget_plan("second"))
    assert host.copies(alone) == {}
    host.settings = before
    news = {each.repository: each for each in Backups(before, host.store, Path()).bring_in()}
    assert news["second"].added == (alone.backup_id,)
    verify(host)
    assert [name for name, copy in host.copies(alone).items() if copy.is_good] == ["second"]


def test_another_repository_may_have_its_name_then(host: BackedUp, tmp_path: Path) -> None:
    host.put(SEALING.full())
    verify(host)
    before = without(host)
    care(host).forget(care(host).forget_plan("second"))
    fresh = small_folder(tmp_path / "fresh").settings
    with closing(open_repository("second", fresh)) as repository:
        identity.claim(repository, SERVER, SYSTEM)
    host.settings = replace(before, repositories={**before.repositories, "second": fresh})
    assert [each.repository for each in verify(host).repaired] == ["second"]


def test_nothing_goes_that_was_not_planned(host: BackedUp) -> None:
    host.put(SEALING.full(0))
    without(host)
    plan = care(host).forget_plan("second")
    new = host.put(SEALING.full(1))
    with pytest.raises(BackupError, match="second is not forgotten"):
        care(host).forget(plan)
    plan = care(host).forget_plan("second")
    host.store.catalog.drop_copy(new.backup_id, "first")
    with pytest.raises(BackupError, match="second is not forgotten"):
        care(host).forget(plan)
    assert set(host.copies(new)) == {"second"}


def test_what_the_config_has_and_what_nobody_knows_is_refused(host: BackedUp) -> None:
    host.put(SEALING.full())
    with pytest.raises(StillConfiguredError, match="second is not forgotten"):
        care(host).forget_plan("second")
    without(host)
    with pytest.raises(UnknownNameError, match="No copy is known in a repository secund") as told:
        care(host).forget_plan("secund")
    assert "did you mean second?" in told.value.remedy
