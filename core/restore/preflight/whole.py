"""Whether what comes back is all of the database: else it can't take a live one's place."""

from __future__ import annotations

from collections.abc import Iterator

from core.backup.dump.table_of_contents import TABLE
from core.model.backup import BackupKind
from core.model.backup_lack import WHOLE_KINDS
from core.model.restore import Check, CheckState, TargetKind
from core.restore.preflight.planned import Planned

_NAME = "what comes back"
_TOLD = 5
_BESIDE = "restore it as a new database (without --swap)"
_OTHER = "choose a full or an incremental backup: pgvigil backup list shows the kinds"


def whole_checks(planned: Planned) -> Iterator[Check]:
    """Only all of a database may take a live one's place; what comes without rows is told."""
    if planned.kind is TargetKind.SWAP:
        yield _swap(planned)
    elif planned.kind is TargetKind.MERGE:
        if _lacks_rows(planned):
            yield _stop("the backup is of definitions alone: the tables would come back empty")
    else:
        yield _beside(planned)


def _swap(planned: Planned) -> Check:
    live, left_out = planned.database, planned.left_out
    gone = f"what else is in {live} would be gone from under its name"
    if not planned.is_whole:
        return _stop(
            f"only a part of the backup is wanted: {gone}",
            f"ask for all of it; chosen tables go into {live} by --merge; or {_BESIDE}",
        )
    if planned.manifest.kind is BackupKind.SCHEMA:
        return _stop(f"the backup is of definitions alone: every row of {live} would be gone")
    if chosen := _chosen(planned):
        return _stop(f"the backup has only what was chosen for it ({chosen}): {gone}")
    if left_out is None:
        return Check(
            _NAME,
            CheckState.UNKNOWN,
            f"backups leave out what the config says ({planned.manifest.selection.words}); whether"
            f" {live} has such tables can't be seen, as it can't be connected to",
            f"if it has, they are gone from under its name after the swap: {_BESIDE} then",
        )
    if left_out:
        names = sorted(f"{each.schema}.{each.name}" for each in left_out)
        more = f" and {len(names) - _TOLD} more" if len(names) > _TOLD else ""
        return _stop(
            f"the backup leaves out {', '.join(names[:_TOLD])}{more}, as its config said, and"
            f" {live} has it: it would be gone from under its name",
            f"chosen tables go into {live} by --merge; or {_BESIDE}, bring what it lacks over from"
            f" {live}, and rename both by hand",
        )
    return Check(_NAME, CheckState.OK, f"all of the database {planned.manifest.database}")


def _beside(planned: Planned) -> Check:
    if _lacks_rows(planned):
        return Check(
            _NAME,
            CheckState.WARNING,
            "the backup is of definitions alone: every table comes back empty",
            _OTHER,
        )
    if not planned.is_whole:
        return Check(_NAME, CheckState.OK, "what was chosen of the backup")
    if chosen := _chosen(planned):
        told = f"the backup has only what was chosen for it: {chosen}"
        return Check(_NAME, CheckState.WARNING, told, _OTHER)
    words = (f"all of the database {planned.manifest.database}", planned.manifest.selection.words)
    return Check(_NAME, CheckState.OK, ", ".join(filter(None, words)))


def _lacks_rows(planned: Planned) -> bool:
    """Whether rows are wanted of tables that come back, and the backup has none."""
    has_tables = any(each.description == TABLE for each in planned.entries)
    return planned.wants_rows and has_tables and planned.manifest.kind is BackupKind.SCHEMA


def _chosen(planned: Planned) -> str:
    """What the backup was narrowed to, in words; empty where it is of a whole database."""
    manifest = planned.manifest
    words = manifest.selection.chosen_words
    return words or ("" if manifest.kind in WHOLE_KINDS else f"its kind is {manifest.kind.value}")


def _stop(what: str, remedy: str = _OTHER) -> Check:
    return Check(_NAME, CheckState.STOP, what, remedy)
