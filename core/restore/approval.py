"""Whether a restore needs a second person's word, and whether it has that."""

from __future__ import annotations

from datetime import datetime, timedelta

from core.config.settings import Settings
from core.errors import ExitCode, RestoreError
from core.model.restore import Check, CheckState, RestoreWish
from core.model.restore_approval import RestoreApproval

APPROVED_BY = "approved_by"
"""The argument of a job's order that says who agreed to its plan."""


class ApprovalNeededError(RestoreError):
    """A plan waits for a second person."""

    exit_code = ExitCode.UNKNOWN


def needs_approval(wish: RestoreWish, settings: Settings) -> bool:
    """Whether a restore waits for a second person: the config says so, and it is production."""
    server = settings.servers.get(wish.target_server)
    return settings.restore.approve and server is not None and server.production


def approval_check(wish: RestoreWish) -> Check:
    """What a plan says of it."""
    return Check(
        "approval",
        CheckState.WARNING,
        f"{wish.target_server} is production: it begins once a second person has agreed",
        "restore run asks for it; another account then says: pgvigil restore approve",
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


def waits(plan_id: str) -> ApprovalNeededError:
    """What is said to who wants to begin what nobody has agreed to yet."""
    return ApprovalNeededError(
        "The restore waits for a second person",
        why="its target is marked production, and [restore] approve is set; nothing was begun",
        remedy=f"have another person run: pgvigil restore approve {plan_id}; then run it again",
    )
