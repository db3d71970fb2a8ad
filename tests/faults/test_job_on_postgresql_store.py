"""A scheduled backup whose store is PostgreSQL: from the moment that is due to the history."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from core.config.schedule_settings import JobSettings
from core.config.settings import StoreSettings
from core.model.backup import VerificationLevel
from core.model.job import JobState
from core.model.schedule import RunState
from core.postgres.embedded import EmbeddedServer
from core.schedule.firing import Firing
from core.store.store import Store
from tests.postgres.backup.conftest import TABLES, run
from tests.servers.backing_up import SERVER, backup_site
from tests.servers.databases import fresh_database
from tests.servers.waiting import eventually

FRIDAY = datetime(2026, 11, 20, tzinfo=UTC)


def test_a_scheduled_backup_is_a_detached_job_that_reports_to_a_store_on_postgresql(
    postgres: EmbeddedServer, database: str, tmp_path: Path
) -> None:
    run(database, TABLES)
    with fresh_database(postgres) as name, backup_site(tmp_path, postgres, database) as local:
        told = StoreSettings(url=postgres.dsn(name))
        store = Store.open(told, state_folder=local.state, migrate=True)
        site = replace(
            local.changed(store=told, jobs=JobSettings(report_seconds=0.02)), store=store
        )
        try:
            firing = Firing([SERVER], site.settings, site.state, "watcher")
            firing.look(store, FRIDAY)
            firing.look(store, FRIDAY + timedelta(hours=2))
            eventually(lambda: store.jobs.newest(1) and store.jobs.newest(1)[0].state.is_over)
            job = store.jobs.newest(1)[0]
            assert job.state is JobState.DONE, job.result
            assert job.pid != os.getpid()
            assert "verified in local" in job.result
            eventually(lambda: store.runs.newest([SERVER], 1)[0].state is RunState.DONE)
            (entry,) = store.catalog.entries(SERVER)
            assert entry.level is VerificationLevel.SEALED
            assert local.store.catalog.entries(SERVER) == ()
            assert site.leftovers() == set()
        finally:
            for left in store.jobs.under_way():
                os.kill(left.pid, signal.SIGKILL)
            store.close()
