"""Undoing a restore: what it would do, and doing it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from core.api.who import me
from core.config.settings import Settings
from core.errors import PgvigilError
from core.model.restore import TargetKind
from core.model.restore_operation import Aside, RestoreOperation, RestoreStatus
from core.store.store import Store

if TYPE_CHECKING:
    from core.restore.undo import Undo, Undone


def undo_planned(operation: RestoreOperation, settings: Settings) -> Undo:
    """What undoing a restore would do.

    Raises:
        RestoreError: there is nothing to undo, or what is there is not what it made.
        ConnectError: the server can't be reached.
    """
    from core.restore.survey import endpoint_of
    from core.restore.undo import plan_undo

    if operation.target is TargetKind.SCRATCH:
        from core.restore.scratch.kept import plan_take_away

        return plan_take_away(operation)
    endpoint = endpoint_of(operation.target_server, settings)
    with endpoint.explaining():
        return plan_undo(operation, endpoint, grace_days=settings.restore.grace_days)


def undo_restore(operation: RestoreOperation, store: Store, settings: Settings) -> str:
    """Undo a restore; a sentence of what was done.

    That of a swap or a merge on a production server waits for a second person, where the config
    says so.

    Raises:
        ApprovalNeededError: it waits for a second person now, or does so already.
        Others: as :func:`undo_planned`.
    """
    from core.restore.approval import ApprovalNeededError
    from core.restore.audited import undo_failed
    from core.restore.right import restoring_alone

    server, target = operation.target_server, operation.target_database
    try:
        with restoring_alone(store, settings, server, target, me()):
            approved = _approval(operation, store, settings)
            done = _undone(operation, store, settings)
    except ApprovalNeededError:
        raise
    except PgvigilError as error:
        why = f"{error.what}: {error.why}" if error.why else error.what
        undo_failed(store, operation, why, me())
        raise
    store.restore_operations.finish(
        operation.operation_id,
        datetime.now(UTC),
        RestoreStatus.UNDONE,
        undo="",
        aside=done.aside,
    )
    target = f"database {operation.target_database} on {operation.target_server}"
    store.audit.append(
        me(), "undo restore", target, {"restore": operation.operation_id, **approved}
    )
    return done.what


def _approval(operation: RestoreOperation, store: Store, settings: Settings) -> dict[str, str]:
    """Who agreed; empty where nobody has to."""
    from core.api.restore_approvals import take_approval
    from core.restore.approval import changes_live_data, plan_of_undo
    from core.restore.plan_file import write_plan
    from core.restore.survey import endpoint_of
    from core.restore.target.state import read_target

    if not changes_live_data(operation) or not settings.restore.approve:
        return {}
    planned = undo_planned(operation, settings)
    endpoint = endpoint_of(operation.target_server, settings)
    with endpoint.explaining(), endpoint.connect_to_change() as connection:
        system = read_target(connection).system_identifier
    agreed = plan_of_undo(operation, planned.what, planned.commands, system=system)
    return take_approval(store, settings, agreed, write_plan(agreed).decode())


def _undone(operation: RestoreOperation, store: Store, settings: Settings) -> Undone:
    if operation.target is TargetKind.SCRATCH:
        from core.restore.scratch.kept import take_away

        return take_away(operation)
    from core.restore.survey import endpoint_of
    from core.restore.undo import undo

    endpoint = endpoint_of(operation.target_server, settings)
    operations = store.restore_operations
    if operation.aside is not None:
        live = Aside(operation.target_database, operation.target_oid or 0)
        operations.closing(operation.operation_id, live)
    with endpoint.explaining():
        done = undo(operation, endpoint, grace_days=settings.restore.grace_days)
    operations.open_again(operation.operation_id)
    return done
