"""A restore's row, and what it is in the language of the other rooms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, UUID, uuid5

from sqlalchemy import Row

if TYPE_CHECKING:
    from core.model.restore_operation import Aside, KeptServer, PhaseTime, RestoreOperation


def key_of(operation_id: str) -> UUID:
    """The row's id: the same for the same operation, as it is known before there is a row."""
    return uuid5(NAMESPACE_URL, f"pgvigil:restore:{operation_id}")


def values_of(operation: RestoreOperation) -> dict[str, object]:
    """The columns of a restore that begins."""
    return {
        "server_id": operation.server_id,
        "restore_type": operation.target.value,
        "status": operation.status.value,
        "target": f"{operation.target_server}/{operation.target_database}",
        "initiated_by": operation.who,
        "created_at": operation.created_at,
        "started_at": operation.created_at,
        "completed_at": None,
        "error_message": None,
        "details": _details(operation),
    }


def _details(operation: RestoreOperation) -> dict[str, object]:
    return {
        "operation_id": operation.operation_id,
        "database": operation.database,
        "backup_id": operation.backup_id,
        "repository": operation.repository,
        "what": operation.what,
        "target_server": operation.target_server,
        "target_database": operation.target_database,
        "undo": operation.undo,
        "phases": phases_written(operation.phases),
        "fetch_bytes": operation.fetch_bytes,
        "staged_bytes": operation.staged_bytes,
    }


def phases_written(phases: Sequence[PhaseTime]) -> list[list[object]]:
    """Phases as the row has them."""
    return [[each.name, each.expected, each.took] for each in phases]


def operation_of(row: Row[Any]) -> RestoreOperation:
    """The restore of a row."""
    # Restores are rare: no console and no watcher waits for their model when it starts.
    from core.model.restore import TargetKind
    from core.model.restore_operation import PhaseTime, RestoreOperation, RestoreStatus, Verdict

    told: Mapping[str, Any] = row.details or {}
    verdict = told.get("verdict")
    return RestoreOperation(
        operation_id=str(told.get("operation_id", "")),
        server_id=row.server_id,
        database=str(told.get("database", "")),
        backup_id=str(told.get("backup_id", "")),
        repository=str(told.get("repository", "")),
        what=str(told.get("what", "")),
        target=TargetKind(row.restore_type),
        target_server=str(told.get("target_server", "")),
        target_database=str(told.get("target_database", "")),
        who=row.initiated_by,
        status=RestoreStatus(row.status),
        created_at=row.created_at,
        completed_at=row.completed_at,
        verdict=Verdict(verdict) if verdict else None,
        differences=tuple(told.get("differences", ())),
        problem=row.error_message or "",
        remedy=str(told.get("remedy", "")),
        undo=str(told.get("undo", "")),
        target_oid=told.get("target_oid"),
        closing=_aside(told.get("closing")),
        aside=_aside(told.get("aside")),
        kept=_kept(told.get("kept")),
        unchecked=tuple(told.get("unchecked", ())),
        phases=tuple(PhaseTime(*each) for each in told.get("phases", ())),
        fetch_bytes=int(told.get("fetch_bytes", 0)),
        staged_bytes=int(told.get("staged_bytes", 0)),
        writes=told.get("writes"),
    )


def _aside(told: Any) -> Aside | None:
    from core.model.restore_operation import Aside

    return Aside(str(told[0]), int(told[1])) if told else None


def _kept(told: Any) -> KeptServer | None:
    from core.model.restore_operation import KeptServer

    return KeptServer(*map(str, told)) if told else None
