"""Drills of a database that has everything, on PostgreSQL 15 and 18, as their jobs do them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg
import pytest

from core.backup.keys.sources import load_opening_keys
from core.backup.progress import SilentReporter
from core.backup.repository.open import repository_named
from core.config.drill_settings import DrillSettings
from core.config.encryption_settings import EncryptionSettings
from core.errors import BackupError, KeyMissingError, PgvigilError, RestoreError
from core.model.backup import ArchiveFormat
from core.model.drill import Drill, DrillKind, DrillStatus
from core.model.job import JobKind, JobOrder
from core.postgres.embedded import residents
from core.restore.drill.job import run_drill_job
from core.restore.drill.sabotage.acts import ACTS
from core.restore.drill.sabotage.copy import copied
from core.restore.drill.sabotage.run import tried
from core.schedule.jobs import new_job_id
from tests.postgres.restore.conftest import Backed
from tests.servers.backing_up import SERVER, BackupSite
from tests.servers.cancelling import CancelledIn
from tests.servers.scratch_place import scratch_place


@dataclass
class Drilling:
    """A host that does drills in this process, and where their servers are."""

    site: BackupSite
    place: Path

    def done(
        self,
        kind: DrillKind = DrillKind.RESTORE,
        *,
        reporter: SilentReporter | None = None,
        **arguments: str,
    ) -> Drill:
        """What came of a drill, which must leave nothing."""
        reporter = reporter or SilentReporter()
        reporter.job_id = job_id = new_job_id()
        order = JobOrder(JobKind.DRILL, SERVER, "anna@bastion", {"kind": kind.value, **arguments})
        try:
            run_drill_job(self.site.store, self.site.settings, order, reporter)
        except PgvigilError as error:
            self.error = error
        assert list(self.place.iterdir()) == []
        assert list(residents(self.place)) == []
        assert self.site.leftovers() == set()
        found = self.site.store.drills.get(job_id)
        assert found is not None
        assert found.status.is_over
        assert found.seal is not None
        return found


@pytest.fixture
def drilling(backed: Backed) -> Iterator[Drilling]:
    with scratch_place() as place:
        settings = replace(backed.site.settings, drill=DrillSettings(folder=str(place)))
        yield Drilling(replace(backed.site, settings=settings), place)


def test_everything_is_proven_on_a_server_of_its_own(drilling: Drilling, backed: Backed) -> None:
    drill = drilling.done()
    assert (drill.status, drill.differences) == (DrillStatus.PASSED, ()), drill.problem
    major = backed.manifest.server_version // 10_000
    assert drill.server.startswith(f"PostgreSQL {major}.")
    assert drill.tables == len(backed.manifest.fingerprint.tables)
    with psycopg.connect(backed.site.server.dsn()) as connection:
        assert not connection.execute(
            "SELECT datname FROM pg_database WHERE datname = 'drill'"
        ).fetchall()


def test_every_act_of_sabotage_is_seen(drilling: Drilling) -> None:
    drill = drilling.done(DrillKind.SABOTAGE)
    assert (drill.status, drill.undetected) == (DrillStatus.PASSED, ()), drill.problem
    assert len(drill.trials) == 7


def test_of_a_streamed_backup_in_the_clear_no_key_is_taken_away(
    drilling: Drilling, tmp_path: Path
) -> None:
    plain = drilling.site.changed(
        encryption=EncryptionSettings(enabled=False),
        dump=replace(drilling.site.settings.dump, staging_share=1e12),
    )
    taken = plain.take()
    assert taken.manifest.archive_format is ArchiveFormat.CUSTOM
    drilling.site = plain
    spoilt = drilling.done(DrillKind.SABOTAGE, backup=taken.manifest.backup_id)
    assert (spoilt.status, len(spoilt.trials)) == (DrillStatus.PASSED, 6), spoilt.problem
    drill = drilling.done(backup=taken.manifest.backup_id)
    assert drill.differences == ()
    assert drill.status is DrillStatus.PASSED, drill.problem


def test_where_no_server_fits_it_says_what_to_install(drilling: Drilling, tmp_path: Path) -> None:
    empty = tmp_path / "bin"
    empty.mkdir()
    dump = replace(drilling.site.settings.dump, client_programs=str(empty))
    drilling.site = drilling.site.changed(dump=dump)
    drill = drilling.done()
    assert drill.status is DrillStatus.FAILED
    assert isinstance(drilling.error, RestoreError)
    assert "with its server" in drill.remedy


def test_a_database_without_a_backup_is_said(drilling: Drilling) -> None:
    drill = drilling.done(database="nowhere")
    assert isinstance(drilling.error, BackupError)
    assert (drill.status, "pgvigil backup run" in drill.remedy) == (DrillStatus.FAILED, True)


@pytest.mark.parametrize(
    ("kind", "phase"),
    [
        (DrillKind.RESTORE, "start a server"),
        (DrillKind.RESTORE, "fetch"),
        (DrillKind.RESTORE, "rows"),
        (DrillKind.RESTORE, "validate"),
        (DrillKind.SABOTAGE, "copy"),
        (DrillKind.SABOTAGE, "sabotage"),
    ],
)
def test_one_that_is_cancelled_says_so_and_leaves_nothing(
    drilling: Drilling, kind: DrillKind, phase: str
) -> None:
    drill = drilling.done(kind, reporter=CancelledIn(phase))
    assert (drill.status, drill.problem) == (
        DrillStatus.CANCELLED,
        "cancelled; nothing of it is left",
    )
    assert phase not in {each.name for each in drill.phases}


def test_an_act_that_does_no_harm_is_told_as_not_seen(
    drilling: Drilling, backed: Backed, tmp_path: Path
) -> None:
    site = drilling.site
    keys = load_opening_keys(site.settings.encryption, site.settings.keys)
    with closing(repository_named("local", site.settings.repositories)) as repository:
        copy = copied(repository, backed.manifest, keys, tmp_path, SilentReporter())
    harmless = replace(ACTS[0], spoilt=lambda copy: nullcontext(copy.keys))
    assert not tried(harmless, copy, SilentReporter()).is_detected
    for act in ACTS:
        assert tried(act, copy, SilentReporter()).is_detected
    wrongly = replace(ACTS[0], expected=(KeyMissingError,))
    assert not tried(wrongly, copy, SilentReporter()).is_detected
    assert not tried(harmless, copy, SilentReporter()).is_detected
