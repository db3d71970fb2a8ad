"""Plans that wait for a second person: rows of ``restore_operations`` until they are begun."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, UUID, uuid5

from sqlalchemy import Row, delete, select, update

from core.store.database import Database
from core.store.seed_tables import restore_operations

if TYPE_CHECKING:
    from core.model.restore import RestoreWish
    from core.model.restore_approval import RestoreApproval

WAITING = "waiting"
"""The ``status`` of such a row."""

_table = restore_operations.c


class RestoreApprovals:
    """The plans that wait, also those that were agreed to and are not begun."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def ask(self, wanted: RestoreApproval, wish: RestoreWish, backup_id: str) -> None:
        """Have a plan wait; what was said to an earlier version of it holds no more."""
        values = {
            "server_id": wish.server_id,
            "restore_type": wish.target.value,
            "status": WAITING,
            "target": f"{wish.target_server}/{wish.target_database}",
            "initiated_by": wanted.asked_by,
            "created_at": wanted.asked_at,
            "started_at": None,
            "completed_at": None,
            "error_message": f"waits for a second person: pgvigil restore approve {wanted.plan_id}",
            "details": {
                "operation_id": wanted.plan_id,
                "database": wish.database,
                "backup_id": backup_id,
                "what": wish.what,
                "target_server": wish.target_server,
                "target_database": wish.target_database,
                "plan": wanted.plan,
                "asker": wanted.asker,
            },
        }
        with self._database.writing() as connection:
            connection.execute(
                self._database.insert(restore_operations)
                .values(id=_key(wanted.plan_id), **values)
                .on_conflict_do_update(index_elements=["id"], set_=values)
            )
            self._database.note_change(connection, wish.server_id)

    def approve(
        self, plan_id: str, plan: str, *, approver: str, approved_by: str, at: datetime
    ) -> bool:
        """Note that a person agreed to exactly this plan; false where it does not wait any more."""
        key = _key(plan_id)
        with self._database.writing() as connection:
            row = connection.execute(
                select(_table.server_id, _table.details)
                .where(_table.id == key, _table.status == WAITING)
                .with_for_update()
            ).first()
            if row is None or row.details.get("plan") != plan:
                return False
            said = {"approver": approver, "approved_by": approved_by, "approved_at": at.isoformat()}
            connection.execute(
                update(restore_operations)
                .where(_table.id == key)
                .values(
                    details={**row.details, **said},
                    error_message=f"{approved_by} agreed; it is not begun yet",
                )
            )
            self._database.note_change(connection, row.server_id)
        return True

    def get(self, plan_id: str) -> RestoreApproval | None:
        """What is known of a plan."""
        with self._database.reading() as connection:
            row = connection.execute(
                select(restore_operations).where(
                    _table.id == _key(plan_id), _table.status == WAITING
                )
            ).first()
        return None if row is None else _approval(row)

    def waiting(self) -> tuple[RestoreApproval, ...]:
        """The plans that nobody has begun, newest first."""
        with self._database.reading() as connection:
            rows = connection.execute(
                select(restore_operations)
                .where(_table.status == WAITING)
                .order_by(_table.created_at.desc(), _table.id)
            ).all()
        return tuple(map(_approval, rows))

    def take(self, plan_id: str) -> bool:
        """Use an approval up; false where somebody else has: a plan is begun once."""
        with self._database.writing() as connection:
            gone = connection.execute(
                delete(restore_operations)
                .where(_table.id == _key(plan_id), _table.status == WAITING)
                .returning(_table.server_id)
            ).first()
            if gone is not None:
                self._database.note_change(connection, gone.server_id)
        return gone is not None


def _key(plan_id: str) -> UUID:
    return uuid5(NAMESPACE_URL, f"pgvigil:restore plan:{plan_id}")


def _approval(row: Row[Any]) -> RestoreApproval:
    from core.model.restore_approval import RestoreApproval

    told = row.details
    at = told.get("approved_at")
    return RestoreApproval(
        plan_id=told["operation_id"],
        plan=told["plan"],
        asker=told["asker"],
        asked_by=row.initiated_by,
        asked_at=row.created_at,
        approver=told.get("approver", ""),
        approved_by=told.get("approved_by", ""),
        approved_at=datetime.fromisoformat(at) if at else None,
    )
