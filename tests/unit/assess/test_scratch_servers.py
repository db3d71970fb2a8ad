"""Scratch servers that somebody may have forgotten."""

from __future__ import annotations

from datetime import timedelta

from core.model.health import Severity
from core.model.restore import TargetKind
from core.model.restore_operation import KeptServer, RestoreStatus
from tests.restored import operation
from tests.unit.assess.backup_overviews import found, well
from tests.unit.assess.builders import NOON


def test_one_that_still_holds_what_was_restored_is_told_with_what_takes_it_away() -> None:
    left = operation(
        target=TargetKind.SCRATCH,
        status=RestoreStatus.COMPLETED,
        completed_at=NOON - timedelta(days=3),
        kept=KeptServer("db7", "/tmp/pgvigil-scratch-1", "host=/tmp"),
    )
    got = found(well(forgotten=(left,)))
    assert got["backups.scratch:r1"][:2] == (
        Severity.WARNING,
        "A scratch server still holds what was restored",
    )
