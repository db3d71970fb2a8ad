"""What stands in the way of a swap or a merge with the live database."""

from __future__ import annotations

from collections.abc import Iterator

from core.model.restore import Check, CheckState, TargetKind
from core.model.restore_target import DatabaseThere
from core.postgres.text import quoted_identifier
from core.restore.preflight.planned import Planned


def live_checks(planned: Planned) -> Iterator[Check]:
    """Rights on the live database and, for a swap, all that hangs on its name or its identity."""
    there = planned.there
    if there is None or planned.kind not in {TargetKind.SWAP, TargetKind.MERGE}:
        return
    if planned.kind is TargetKind.SWAP:
        yield _owner(planned, there)
        yield _sessions(there)
        yield _prepared(there)
        yield _replication(there)
        yield _subscriptions(there)


def _owner(planned: Planned, there: DatabaseThere) -> Check:
    target = planned.target
    if target.is_superuser or there.owner in target.member_of:
        return Check("right to rename", CheckState.OK, f"role {target.role} may rename it")
    return Check(
        "right to rename",
        CheckState.STOP,
        f"database {there.name} belongs to {there.owner}, and {target.role} may not rename it",
        f"GRANT {quoted_identifier(there.owner)} TO {quoted_identifier(target.role)}, or restore"
        " as its owner",
    )


def _sessions(there: DatabaseThere) -> Check:
    if there.sessions:
        return Check(
            "sessions",
            CheckState.WARNING,
            f"{there.sessions} sessions are connected to {there.name}; the swap ends them, and what"
            " they had not committed is lost",
            "stop the application first where it can be stopped",
        )
    return Check("sessions", CheckState.OK, f"nobody is connected to {there.name}")


def _prepared(there: DatabaseThere) -> Check:
    if there.prepared:
        return Check(
            "prepared transactions",
            CheckState.STOP,
            f"{there.prepared} prepared transactions hold {there.name}; it can't be renamed",
            "COMMIT PREPARED or ROLLBACK PREPARED them: see pg_prepared_xacts",
        )
    return Check("prepared transactions", CheckState.OK, "there are none")


def _replication(there: DatabaseThere) -> Check:
    if there.slots:
        return Check(
            "replication slots",
            CheckState.WARNING,
            f"the logical slots {', '.join(there.slots)} stay with the old database: who reads from"
            " them gets nothing of the new one",
            "set the subscribers up anew after the swap",
        )
    return Check("replication slots", CheckState.OK, "there are no logical ones")


def _subscriptions(there: DatabaseThere) -> Check:
    if there.subscriptions is None:
        return Check(
            "subscriptions",
            CheckState.UNKNOWN,
            "this role may not see whether the database subscribes to another",
            "look as a superuser: SELECT * FROM pg_subscription",
        )
    if there.subscriptions:
        return Check(
            "subscriptions",
            CheckState.WARNING,
            f"{there.subscriptions} subscriptions stay with the old database, and are disabled in"
            " the new one",
            "enable or create them after the swap",
        )
    return Check("subscriptions", CheckState.OK, "there are none")
