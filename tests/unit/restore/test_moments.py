"""Which moment the wizard suggests: one from which all of the database comes back."""

from __future__ import annotations

from datetime import timedelta

from core.api import restore_wizard as wizard
from core.api.restore_moments import database_meant, newest_before, suggested_moment
from core.api.restore_targets import target_options
from core.model.backup import BackupKind, CatalogEntry, TableName
from core.model.recovery import RecoveryPoint, RecoveryTimeline
from core.model.restore import TargetKind
from core.model.restore_draft import RestoreDraft, Symptom
from tests.unit.backup.catalog_entries import NOW, entry

ORDERS = TableName("public", "orders")
NEW = wizard.begin("d1", "shop", "anna", "bastion", NOW)
BROKEN = wizard.happened(NEW, Symptom.BAD_DEPLOY)
DROPPED = wizard.happened(NEW, Symptom.TABLE_DROPPED)

SCHEMA = entry(0.2, kind=BackupKind.SCHEMA)
DATA = entry(0.4, kind=BackupKind.DATA)
OTHER = entry(1, database="other")
WHOLE, OLDER = entry(2), entry(3, kind=BackupKind.INCREMENTAL)


def line(*entries: CatalogEntry, database: str = "", gone: str = "") -> RecoveryTimeline:
    """These as moments; those of the kind or database ``gone`` have a table that is gone."""
    points = tuple(
        RecoveryPoint(
            each, each.moment, gone=(ORDERS,) if gone in {each.kind.value, each.database} else ()
        )
        for each in sorted(entries, key=lambda each: each.moment, reverse=True)
    )
    return RecoveryTimeline(points, (), database=database)


def suggested(draft: RestoreDraft, timeline: RecoveryTimeline) -> str:
    point = suggested_moment(draft, timeline)
    return point.entry.backup_id if point else ""


ALL = line(SCHEMA, DATA, OTHER, WHOLE, OLDER, database="orders")


def test_a_backup_without_rows_or_of_chosen_tables_is_not_suggested_though_it_is_newer() -> None:
    assert suggested(BROKEN, ALL) == WHOLE.backup_id
    assert suggested(wizard.damaged(BROKEN, NOW), ALL) == WHOLE.backup_id
    late = wizard.damaged(BROKEN, NOW - timedelta(days=2.5))
    assert suggested(late, ALL) == OLDER.backup_id


def test_the_database_of_the_config_is_suggested_though_another_has_a_newer_backup() -> None:
    assert database_meant(BROKEN, ALL) == "orders"
    nameless = line(OTHER, WHOLE)
    assert database_meant(BROKEN, nameless) == "other"
    assert suggested(BROKEN, nameless) == OTHER.backup_id
    without = line(OTHER, SCHEMA, database="orders")
    assert suggested(BROKEN, without) == SCHEMA.backup_id
    assert database_meant(BROKEN, line(OTHER, database="orders")) == "other"


def test_what_is_gone_leads_to_the_database_that_had_it() -> None:
    assert suggested(DROPPED, line(OTHER, WHOLE, database="orders", gone="other")) == (
        OTHER.backup_id
    )
    of_tables = line(DATA, WHOLE, database="orders", gone="data")
    assert suggested(DROPPED, of_tables) == WHOLE.backup_id


def test_where_there_is_nothing_else_the_cursor_is_on_what_there_is() -> None:
    assert suggested(BROKEN, line(SCHEMA)) == SCHEMA.backup_id
    assert suggested(DROPPED, line(SCHEMA)) == SCHEMA.backup_id
    assert suggested(wizard.damaged(BROKEN, NOW), line(SCHEMA)) == ""
    assert newest_before(line(SCHEMA, DATA), NOW, "orders") is None


def test_such_a_backup_can_not_go_into_the_live_databases_place() -> None:
    why = {}
    for each in (SCHEMA, DATA, WHOLE, OLDER):
        draft = wizard.everything(wizard.from_moment(BROKEN, RecoveryPoint(each, each.moment)))
        (swap,) = (e for e in target_options(draft, ["shop"], NOW) if e.kind is TargetKind.SWAP)
        why[each.kind] = swap.why_not
    assert "every row would be lost" in why[BackupKind.SCHEMA]
    assert "the rest would be lost" in why[BackupKind.DATA]
    assert (why[BackupKind.FULL], why[BackupKind.INCREMENTAL]) == ("", "")


def test_who_goes_back_and_takes_such_a_backup_is_asked_anew_where_to() -> None:
    draft = wizard.everything(wizard.from_moment(BROKEN, RecoveryPoint(WHOLE, NOW)))
    (swap,) = (e for e in target_options(draft, ["shop"], NOW) if e.kind is TargetKind.SWAP)
    chosen = wizard.to_target(draft, swap)
    assert wizard.from_moment(chosen, RecoveryPoint(OLDER, NOW)).target is TargetKind.SWAP
    assert wizard.from_moment(chosen, RecoveryPoint(SCHEMA, NOW)).target is None
    assert wizard.begun_from(NEW, SCHEMA).backup_kind is BackupKind.SCHEMA
