"""Restores, in the table that people's own queries read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Integer, Row, bindparam, select, update

from core.store.database import Database
from core.store.restore_rows import key_of, operation_of, phases_written, values_of
from core.store.seed_tables import restore_operations

if TYPE_CHECKING:
    from core.model.restore_operation import (
        Aside,
        KeptServer,
        PhaseTime,
        RestoreOperation,
        RestoreStatus,
        Verdict,
    )

_LOOKED_THROUGH = 500
"""Restores among which the last proven one is looked for."""

_NEVER = datetime(9999, 1, 1, tzinfo=UTC)
_ROW = restore_operations.c
_NEWEST = (
    select(restore_operations)
    .where(_ROW.created_at <= bindparam("until"))
    .order_by(_ROW.created_at.desc())
    .limit(bindparam("count", type_=Integer()))
)
_NEWEST_OF = _NEWEST.where(_ROW.server_id.in_(bindparam("servers", expanding=True)))
_ENDED = (
    select(restore_operations)
    .where(_ROW.server_id == bindparam("server"), _ROW.completed_at <= bindparam("until"))
    .order_by(_ROW.completed_at.desc())
    .limit(_LOOKED_THROUGH)
)


class RestoreOperations:
    """The rows of ``restore_operations``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def announce(self, operation: RestoreOperation) -> None:
        """Note a restore whose job was started; nothing where that has noted it already."""
        with self._database.writing() as connection:
            connection.execute(
                self._database.insert(restore_operations)
                .values(id=key_of(operation.operation_id), **values_of(operation))
                .on_conflict_do_nothing()
            )
            self._database.note_change(connection, operation.server_id)

    def begin(self, operation: RestoreOperation) -> None:
        """Note a restore that begins; one that is known already is begun again."""
        values = values_of(operation)
        key = key_of(operation.operation_id)
        with self._database.writing() as connection:
            connection.execute(
                self._database.insert(restore_operations)
                .values(id=key, **values)
                .on_conflict_do_update(index_elements=["id"], set_=values)
            )
            self._database.note_change(connection, operation.server_id)

    def finish(
        self,
        operation_id: str,
        at: datetime,
        status: RestoreStatus,
        *,
        problem: str = "",
        remedy: str = "",
        verdict: Verdict | None = None,
        differences: Sequence[str] = (),
        undo: str | None = None,
        target_oid: int | None = None,
        aside: Aside | None = None,
        kept: KeptServer | None = None,
        unchecked: Sequence[str] = (),
        phases: Sequence[PhaseTime] = (),
        writes: int | None = None,
    ) -> None:
        """Note what came of a restore; what is not given stays as the row says."""
        told: dict[str, object] = {"remedy": remedy}
        if verdict is not None:
            told |= {"verdict": verdict.value, "differences": list(differences)}
        if undo is not None:
            told["undo"] = undo
        if target_oid is not None:
            told["target_oid"] = target_oid
        if aside is not None:
            told["aside"] = [aside.name, aside.oid]
        if kept is not None:
            told["kept"] = [kept.host, kept.folder, kept.dsn]
        if unchecked:
            told["unchecked"] = list(unchecked)
        if writes is not None:
            told["writes"] = writes
        if phases:
            told["phases"] = phases_written(phases)
        values = {
            "status": status.value,
            "completed_at": at,
            "error_message": problem or None,
        }
        self._change(operation_id, values, told)

    def closing(self, operation_id: str, live: Aside) -> None:
        """Note that the live database is about to be closed, for names to be exchanged."""
        self._change(operation_id, {}, {"closing": [live.name, live.oid]})

    def exchanging(self, operation_id: str, live: Aside, aside: str, incoming_oid: int) -> None:
        """As ``closing``, and what a swap will have made by its one transaction."""
        told = {
            "closing": [live.name, live.oid],
            "aside": [aside, live.oid],
            "target_oid": incoming_oid,
        }
        self._change(operation_id, {}, told)

    def open_again(self, operation_id: str) -> None:
        """Note that the live database is open, whichever it is."""
        self._change(operation_id, {}, {"closing": None})

    def not_exchanged(self, operation_id: str) -> None:
        """Note that a swap came to nothing, and that the live database is open."""
        self._change(operation_id, {}, {"closing": None, "aside": None, "target_oid": None})

    def dropped(self, operation_id: str) -> None:
        """Note that what was put aside is no more."""
        self._change(operation_id, {}, {"aside": None})

    def died(self, operation_id: str, at: datetime, why: str) -> bool:
        """Mark the restore of a dead job as interrupted; false where it is over, or there is none.

        Nothing is known then of how far it came: who clears up after it tells that.
        """
        from core.model.restore_operation import RestoreStatus

        found = self.get(operation_id)
        if found is None or found.status.is_over:
            return False
        remedy = "the next restore to that server takes away what it left, and so does"
        self.finish(
            operation_id,
            at,
            RestoreStatus.INTERRUPTED,
            problem=why,
            remedy=f"{remedy} pgvigil restore undo {operation_id}",
        )
        return True

    def get(self, operation_id: str) -> RestoreOperation | None:
        """One restore."""
        with self._database.reading() as connection:
            row = connection.execute(
                select(restore_operations).where(restore_operations.c.id == key_of(operation_id))
            ).first()
        return None if row is None else operation_of(row)

    def newest(
        self, count: int, server_ids: Sequence[str] = (), *, until: datetime | None = None
    ) -> tuple[RestoreOperation, ...]:
        """The newest restores, newest first; of these servers' backups, where any are given.

        Those that had begun by ``until``.
        """
        wanted: dict[str, object] = {"until": until or _NEVER, "count": count}
        if server_ids:
            wanted["servers"] = list(server_ids)
        with self._database.reading() as connection:
            rows = connection.execute(_NEWEST_OF if server_ids else _NEWEST, wanted).all()
        return tuple(map(operation_of, rows))

    def last_proven(
        self, server_id: str, *, until: datetime | None = None
    ) -> RestoreOperation | None:
        """The last restore of all of a backup that ended by ``until`` and was found equal."""
        from core.model.restore_operation import Verdict

        def proves(row: Row[Any]) -> bool:
            told = row.details or {}
            what = str(told.get("what", "")).partition(",")[0]  # "everything, for a drill"
            return bool(told.get("verdict") == Verdict.PROVEN.value and what == "everything")

        wanted = {"server": server_id, "until": until or _NEVER}
        with self._database.reading() as connection:
            rows = connection.execute(_ENDED, wanted)
            row = next((each for each in rows if proves(each)), None)
        return None if row is None else operation_of(row)

    def _change(
        self, operation_id: str, values: Mapping[str, object], told: Mapping[str, object]
    ) -> None:
        key = key_of(operation_id)
        table = restore_operations.c
        with self._database.writing() as connection:
            row = connection.execute(
                select(table.server_id, table.details).where(table.id == key).with_for_update()
            ).first()
            if row is None:
                return
            connection.execute(
                update(restore_operations)
                .where(table.id == key)
                .values(**values, details={**(row.details or {}), **told})
            )
            self._database.note_change(connection, row.server_id)
