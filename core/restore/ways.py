"""How each kind of target is restored to; a job imports only what it needs."""

from __future__ import annotations

from collections.abc import Callable

from core.model.restore import TargetKind
from core.restore.doing import Doing, Done

Way = Callable[[Doing], Done]
"""Restores, and gives what came of it.

Raises ``RestoreError`` or ``BackupError`` where it failed, ``CancelledError`` where a person
cancelled it; what was there before is as it was then.
"""


def way_of(kind: TargetKind) -> Way:
    """What restores to a target of this kind."""
    match kind:
        case TargetKind.BESIDE:
            from core.restore.new_database import run_beside

            return run_beside
        case TargetKind.SWAP:
            from core.restore.swap.run import run_swap

            return run_swap
        case TargetKind.MERGE:
            from core.restore.merge.run import run_merge

            return run_merge
        case TargetKind.GLOBALS:
            from core.restore.globals.run import run_globals

            return run_globals
        case TargetKind.SCRATCH:
            from core.restore.scratch.run import run_scratch

            return run_scratch
