"""Whether a restore needs a second person's word, and whether it has that."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from core.config.settings import Settings
from core.errors import ExitCode, RestoreError
from core.model.restore import Check, CheckState, RestorePlan, RestoreWish, Step, TargetKind
from core.model.restore_approval import RestoreApproval
from core.model.restore_operation import RestoreOperation
from core.restore.production import production_names
from core.restore.world import SYSTEM
from core.store.store import Store

APPROVED_BY = "approved_by"
"""The argument of a job's order that says who agreed to its plan."""


class ApprovalNeededError(RestoreError):
    """A plan waits for a second person."""

    exit_code = ExitCode.UNKNOWN


def needs_approval(agreed: RestorePlan, settings: Settings, store: Store) -> bool:
    """Whether a plan waits for a second person: the config says so, and it is production.

    Raises:
        StoreError: the store can't be read.
    """
    return settings.restore.approve and bool(production_names(agreed, settings, store))


def approval_check(agreed: RestorePlan, names: Sequence[str]) -> Check:
    """What a plan says of it; ``names`` are those by which its target is production."""
    server = agreed.wish.target_server
    others = "" if server in names else f" (it is {', '.join(names)})"
    return Check(
        "approval",
        CheckState.WARNING,
        f"{server} is production{others}: it begins once a second person has agreed",
        "restore run asks for it; another account then says: pgvigil restore approve",
    )


def changes_live_data(operation: RestoreOperation) -> bool:
    """Whether the undo of a restore is itself a change of a database that is in use."""
    return operation.target is TargetKind.MERGE or operation.aside is not None


def plan_of_undo(
    operation: RestoreOperation, what: str, commands: tuple[str, ...], *, system: str
) -> RestorePlan:
    """The undo of a swap or a merge as a plan that a second person can read; the same each time.

    ``what`` says what the undo of a merge does; ``system`` is its cluster's identifier, empty where
    that is not told.
    """
    live, server = operation.target_database, operation.target_server
    if operation.aside is None:
        told, undo = what, "restore the tables once more: pgvigil restore plan --merge"
        destroyed: tuple[str, ...] = (f"what the merge brought into {live}",)
    else:
        told = f"Exchange the names back: {operation.aside.name} is {live} again"
        undo = "the databases are kept: rename them by psql"
        destroyed = (
            f"what was written to {live} since the swap is no longer in {live}: it is kept,"
            " closed, under another name",
            f"the sessions of {live}, and what they had not committed",
        )
    wish = RestoreWish(operation.server_id, operation.database, operation.target, server, live)
    return RestorePlan(
        plan_id=f"{operation.operation_id}-undo",
        made_at=operation.completed_at or operation.created_at,
        wish=wish,
        backup_id=operation.backup_id,
        repository=operation.repository,
        snapshot_at=operation.created_at,
        why="",
        passed_over=(),
        checks=(
            Check(
                "approval",
                CheckState.WARNING,
                f"{server} is production: it is undone once a second person has agreed",
                f"who asked then says again: pgvigil restore undo {operation.operation_id}",
            ),
        ),
        steps=(Step("undo", told, commands),),
        fetch_bytes=0,
        staged_bytes=0,
        destroyed=destroyed,
        undo=undo,
        world={SYSTEM: system},
        undoes=operation.operation_id,
    )


def holds(found: RestoreApproval | None, plan: str, settings: Settings, now: datetime) -> bool:
    """Whether a second person has agreed to exactly this plan, and not too long ago."""
    if found is None or found.approved_at is None or found.plan != plan:
        return False
    return now - found.approved_at <= timedelta(hours=settings.restore.approved_hours)


def require_second(found: RestoreApproval, person: str) -> None:
    """Nothing, where ``person`` may agree.

    Raises:
        RestoreError: it is the one who asked.
    """
    if person == found.asker:
        raise RestoreError(
            f"The plan {found.plan_id} needs another person",
            why=f"{person} has asked for it",
            remedy="have somebody else log in by another account, look at it, and approve it",
        )


def waits(agreed: RestorePlan) -> ApprovalNeededError:
    """What is said to who wants to begin what nobody has agreed to yet."""
    again = f"then say again: pgvigil restore undo {agreed.undoes}" if agreed.undoes else ""
    return ApprovalNeededError(
        f"The {'undo' if agreed.undoes else 'restore'} waits for a second person",
        why="its target is marked production, and [restore] approve is set; nothing was begun",
        remedy=f"have another person run: pgvigil restore approve {agreed.plan_id};"
        f" {again or 'then run it again'}",
    )
