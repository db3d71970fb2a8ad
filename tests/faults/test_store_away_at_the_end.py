"""The store is away when a backup is done: it is whole, and nobody may call it failed for that."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from psycopg import sql

from core.api.backups import Backups
from core.backup.progress import SilentReporter
from core.backup.run import run_backup_job
from core.config.schedule_settings import JobSettings
from core.config.settings import StoreSettings
from core.errors import CancelledError, StoreError
from core.model.backup import CopyState
from core.postgres.embedded import EmbeddedServer
from core.store.store import Store
from tests.postgres.backup.conftest import TABLES, run
from tests.postgres.backup.taken import attempts
from tests.servers.backing_up import SERVER, BackupSite, backup_site
from tests.servers.databases import execute, fresh_database
from tests.servers.waiting import eventually


@dataclass(frozen=True)
class Away:
    """A host whose store is a database that can be away."""

    site: BackupSite
    server: EmbeddedServer
    name: str

    def leave(self) -> None:
        """From now on the store takes no connection."""
        self._allow("false")
        end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = {}"
        execute(self.server, sql.SQL(end).format(sql.Literal(self.name)))

    def come_back(self) -> None:
        """From now on it does again."""
        self._allow("true")

    def taken(self, reporter: SilentReporter, *, waits: float = 60) -> str:
        """What a job says that backs up while ``reporter`` looks on."""
        settings = replace(self.site.settings, jobs=JobSettings(ending_seconds=waits))
        return run_backup_job(self.site.store, settings, self.site.order(), reporter)

    def _allow(self, whether: str) -> None:
        change = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
        execute(self.server, change.format(sql.Identifier(self.name), sql.SQL(whether)))


@pytest.fixture
def away(postgres: EmbeddedServer, database: str, tmp_path: Path) -> Iterator[Away]:
    run(database, TABLES)
    with fresh_database(postgres) as name, backup_site(tmp_path, postgres, database) as local:
        told = StoreSettings(url=postgres.dsn(name), busy_seconds=2)
        store = Store.open(told, migrate=True)
        made = Away(replace(local.changed(store=told), store=store), postgres, name)
        try:
            yield made
        finally:
            made.come_back()
            store.close()


class Leaving(SilentReporter):
    """Has the store leave when the backup is about to be committed."""

    def __init__(self, away: Away) -> None:
        self.away = away
        self.notes: list[str] = []

    def phase(self, name: str, total_bytes: int | None = None) -> None:
        if name == "commit":
            self.away.leave()

    def note(self, text: str) -> None:
        self.notes.append(text)


class WaitedFor(Leaving):
    """Has it come back as soon as somebody waits for it."""

    def waiting(self, for_whom: str) -> None:
        assert for_whom == "the store"
        self.away.come_back()


class Cancelling(Leaving):
    """Cancels the job while it waits for the store."""

    waits = 0

    def waiting(self, for_whom: str) -> None:
        self.waits += 1

    def check_cancelled(self) -> None:
        if self.waits:
            raise CancelledError("cancelled")


def known(site: BackupSite) -> list[list[CopyState]]:
    return [[copy.state for copy in each.copies] for each in site.store.catalog.entries(SERVER)]


def look(site: BackupSite) -> None:
    """What pgvigil backup import does."""
    list(Backups(site.settings, site.store, site.state).bring_in())


def test_a_job_waits_for_the_store_and_tells_it_all_that_there_is_to_be_known(away: Away) -> None:
    told = away.taken(WaitedFor(away))
    assert "verified in local" in told
    assert "does not know" not in told
    assert known(away.site) == [[CopyState.COMPLETE]]
    (attempt,) = attempts(away.site)
    assert attempt.status == "completed"


def test_a_job_whose_store_stays_away_says_that_its_backup_is_whole_and_what_is_not_known(
    away: Away,
) -> None:
    reporter = Leaving(away)
    told = away.taken(reporter, waits=0.1)
    assert "verified in local" in told
    assert "the catalog does not know backup" in told
    assert "the history does not know how this backup ended" in told
    assert any("could not be repaired" in note for note in reporter.notes)
    with pytest.raises(StoreError):
        away.site.store.catalog.entries(SERVER)


@pytest.mark.parametrize("found_by", ["the next run", "a look"])
def test_what_it_could_not_tell_is_found_and_the_attempt_is_not_called_interrupted(
    away: Away, found_by: str
) -> None:
    away.taken(Leaving(away), waits=0.1)
    away.come_back()
    site = away.site
    assert known(site) == []
    assert [each.status for each in attempts(site)] == ["running"]
    if found_by == "the next run":
        # The right to back up lasts for a while after a store that could not be told of the end.
        eventually(lambda: site.results()[0].taken)
    else:
        look(site)
    assert set(map(tuple, known(site))) == {(CopyState.COMPLETE,)}
    first = attempts(site)[-1]
    entry = site.store.catalog.entries(SERVER)[0]
    assert (first.status, first.backup_id, first.error) == ("completed", entry.backup_id, "")
    assert first.size_bytes == entry.sealed_bytes


def test_a_person_may_end_the_waiting_and_the_backup_stays_what_it_is(away: Away) -> None:
    reporter = Cancelling(away)
    told = away.taken(reporter, waits=4)
    assert reporter.waits == 1
    assert "the catalog does not know backup" in told
    away.come_back()
    look(away.site)
    assert known(away.site) == [[CopyState.COMPLETE]]
