"""Databases that the server has no more are left out of what is judged and shown."""

from __future__ import annotations

from dataclasses import replace

from core.api.frames import assemble
from core.config.settings import ThresholdSettings
from core.engine.assessor import Assessor
from core.model.backup import CopyState
from core.model.protection import BackupOverview
from core.model.snapshot import Snapshot, Subject
from tests.unit.assess.builders import NOON, database, databases
from tests.unit.backup.catalog_entries import entry

LOST = entry(0, database="gone", state=CopyState.DAMAGED)
OVERVIEW = BackupOverview(
    databases=("gone", "orders"), last_good=(entry(0),), newest_fulls=(LOST, entry(0))
)
READ = databases(database("orders"))


def test_a_frame_leaves_out_what_the_server_had_no_more_at_its_moment() -> None:
    snapshot = Snapshot("shop", Subject.DATABASES, NOON, 10.0, READ)
    read = assemble("shop", NOON, [snapshot], live=True, backups=OVERVIEW)
    assert read.backups is not None
    assert read.backups.databases == ("orders",)
    unread = assemble("shop", NOON, [], live=True, backups=OVERVIEW)
    assert unread.backups is OVERVIEW


def test_a_watcher_finds_nothing_in_a_database_that_the_server_has_no_more() -> None:
    assessor = Assessor(replace(ThresholdSettings(), hold_seconds=0))
    assessor.note_backups(OVERVIEW)

    def found() -> set[str]:
        told = (each.fingerprint for each in assessor.assess(NOON).findings)
        return {each for each in told if each.startswith("backups.")}

    assert found() == {"backups.none", "backups.lost:gone"}
    assessor.note(Subject.DATABASES, READ, NOON)
    assert found() == set()
