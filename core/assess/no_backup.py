"""Databases without any good backup, and why: nothing tried, the first running, unread, failed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from core.assess.situation import Draft
from core.model.backup_lack import Lack, lack_in
from core.model.health import Area, Severity
from core.model.protection import BackupOverview, SetUpStep

_TAKE_ONE = "Take one now: b in the backups area (5), or pgvigil backup run."

_CONFIRM_FIRST = (
    "Write the recovery key down (pgvigil key export), then pgvigil key confirm: no backup begins "
    "before that."
)


class _Told(NamedTuple):
    """How it is told; ``{of}`` are the databases that have none where others have one."""

    severity: Severity
    title: str
    detail: str
    advice: str


_LACKS = {
    Lack.NOT_TRIED: _Told(
        Severity.WARNING,
        "There is no good backup{of}",
        "backups are set up, and none was taken yet",
        _TAKE_ONE,
    ),
    Lack.UNDER_WAY: _Told(
        Severity.INFO,
        "The first backup{of} is running",
        "until it has ended, nothing could be restored",
        "Wait for it: the backups area (5) shows how far it is.",
    ),
    Lack.UNVERIFIED: _Told(
        Severity.WARNING,
        "No backup{of} is verified yet",
        "those that are known may be good: nobody has read one back since it was imported",
        "Verify the newest: v on it in the backups area (5), or pgvigil backup verify.",
    ),
    Lack.FAILED: _Told(
        Severity.CRITICAL,
        "There is no good backup{of}",
        "attempts were made, and none left a backup that can be trusted",
        _TAKE_ONE,
    ),
}


def no_good_backup(overview: BackupOverview) -> Iterator[Draft]:
    """Databases without any good backup; critical once an attempt has failed."""
    lack = lack_in(overview)
    if lack is None:
        return
    of = f" of {', '.join(overview.lacking)}" if overview.lacking and overview.last_good else ""
    told = _LACKS[lack]
    advice = told.advice
    if lack in {Lack.NOT_TRIED, Lack.FAILED} and SetUpStep.KEY_CONFIRMED in overview.missing:
        advice = _CONFIRM_FIRST
    yield Draft(
        fingerprint="backups.none",
        area=Area.BACKUPS,
        severity=told.severity,
        title=told.title.format(of=of),
        detail=told.detail,
        advice=advice,
    )
