"""Guided drills in the store: whoever opens pgvigil sees them, and goes on where they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, select, update

from core.errors import RestoreError
from core.store.database import Database
from core.store.guided_drill_tables import guided_drill
from core.store.moments import from_micros

if TYPE_CHECKING:
    from core.model.guided_drill import GuidedDrill, SeenDrill

_OVER = "over"
"""As core.model.guided_drill has it, which is loaded only where there are guided drills."""
_LISTED = 100


class GuidedDrills:
    """The rows of ``guided_drill``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, drill: GuidedDrill) -> GuidedDrill:
        """Write down a drill that begins now, by the store's clock; gives it so.

        Raises:
            StoreError: the store can't be written to.
        """
        with self._database.writing() as connection:
            now = from_micros(self._database.now(connection))
            made = replace(drill, started_at=now, noted_at=now, revision=1)
            connection.execute(guided_drill.insert().values(_values(made)))
            self._database.note_change(connection, made.server_id)
        return made

    def change(
        self,
        drill_id: str,
        how: Callable[[GuidedDrill], GuidedDrill],
        *,
        measured: float = 0.0,
    ) -> GuidedDrill:
        """Change a drill as it stands, with its clock at this moment; gives it so.

        Who comes second sees what the first one did: ``how`` is given that. ``measured`` is what
        the clock of who asks has counted, as in ``GuidedDrill.clock_at``.

        Raises:
            RestoreError: there is no such drill; and whatever ``how`` raises: nothing is written.
            StoreError: the store can't be written to.
        """
        row = guided_drill.c
        with self._database.writing() as connection:
            found = connection.execute(
                select(row.record).where(row.drill_id == drill_id).with_for_update()
            ).first()
            if found is None:
                raise RestoreError(f"There is no guided drill {drill_id}")
            before = _drill(found)
            now = from_micros(self._database.now(connection))
            made = replace(how(before.at(now, measured)), revision=before.revision + 1)
            connection.execute(
                update(guided_drill).where(row.drill_id == drill_id).values(_values(made))
            )
            self._database.note_change(connection, made.server_id)
        return made

    def get(self, drill_id: str) -> SeenDrill | None:
        """One drill, as it stands now."""
        with self._database.reading() as connection:
            row = connection.execute(
                select(guided_drill.c.record).where(guided_drill.c.drill_id == drill_id)
            ).first()
            now = from_micros(self._database.now(connection))
        return None if row is None else _seen(row, now)

    def under_way(self, server_ids: Sequence[str] = ()) -> tuple[SeenDrill, ...]:
        """Those that are not over, newest first; of these servers, where any are given."""
        row = guided_drill.c
        wanted = [row.state != _OVER]
        if server_ids:
            wanted.append(row.server_id.in_(server_ids))
        with self._database.reading() as connection:
            rows = connection.execute(
                select(row.record)
                .where(*wanted)
                .order_by(row.started_at.desc(), row.drill_id)
                .limit(_LISTED)
            ).all()
            now = from_micros(self._database.now(connection))
        return tuple(_seen(row, now) for row in rows)


def _values(drill: GuidedDrill) -> dict[str, object]:
    import msgspec

    return {
        "drill_id": drill.drill_id,
        "server_id": drill.server_id,
        "symptom": drill.symptom.value,
        "state": drill.state.value,
        "holder": drill.holder,
        "started_at": drill.started_at,
        "noted_at": drill.noted_at,
        "revision": drill.revision,
        "record": msgspec.to_builtins(drill),
    }


def _seen(row: Row[Any], now: datetime) -> SeenDrill:
    from core.model.guided_drill import SeenDrill

    return SeenDrill(_drill(row), now)


def _drill(row: Row[Any]) -> GuidedDrill:
    import msgspec

    from core.model.guided_drill import GuidedDrill

    return msgspec.convert(row.record, GuidedDrill)
