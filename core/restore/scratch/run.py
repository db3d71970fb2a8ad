"""A restore on a scratch server that a person looks at afterwards, as a job does it."""

from __future__ import annotations

from dataclasses import replace

from core.errors import RestoreError
from core.restore.doing import Doing, Done
from core.restore.new_database import run_beside


def run_scratch(doing: Doing) -> Done:
    """Restore on the scratch server that was started for it, and keep that until it is undone.

    Raises: as ``run_beside``.
    """
    scratch = doing.found.scratch
    if scratch is None:
        raise RestoreError("No scratch server was started for this restore")
    done = run_beside(doing)
    kept = scratch.keep(doing.operation_id, doing.wish.target_database)
    return replace(
        done,
        what=f"{done.what}; it stays up until the restore is undone: psql '{kept.dsn}'",
        kept=kept,
    )
