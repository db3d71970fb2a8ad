"""Restores that are still being put together: whoever opens pgvigil can go on with one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import Integer, Row, bindparam, delete, select, update

from core.errors import RestoreError
from core.store.database import Database
from core.store.restore_tables import restore_draft

if TYPE_CHECKING:
    from core.model.restore_draft import RestoreDraft


_ROW = restore_draft.c
_NEWEST_OF = (
    select(restore_draft)
    .where(_ROW.server_id == bindparam("server"))
    .order_by(_ROW.updated_at.desc(), _ROW.id)
    .limit(bindparam("count", type_=Integer()))
)


class RestoreDrafts:
    """The rows of ``restore_draft``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, draft: RestoreDraft) -> RestoreDraft:
        """Write a draft down; gives it with its next revision.

        Raises:
            RestoreError: another person has written it down since, or put it aside.
            StoreError: the store can't be written to.
        """
        table, saved = restore_draft.c, replace(draft, revision=draft.revision + 1)
        with self._database.writing() as connection:
            row = connection.execute(
                select(restore_draft).where(table.id == draft.draft_id).with_for_update()
            ).first()
            _require_same(row, draft)
            if row is None:
                connection.execute(restore_draft.insert().values(_values(saved)))
            else:
                connection.execute(
                    update(restore_draft).where(table.id == draft.draft_id).values(_values(saved))
                )
            self._database.note_change(connection, draft.server_id)
        return saved

    def discard(self, draft: RestoreDraft) -> None:
        """Forget a draft, whoever has it in hand.

        Raises:
            StoreError: the store can't be written to.
        """
        with self._database.writing() as connection:
            connection.execute(delete(restore_draft).where(restore_draft.c.id == draft.draft_id))
            self._database.note_change(connection, draft.server_id)

    def get(self, draft_id: str) -> RestoreDraft | None:
        """One draft, as it was written down last."""
        with self._database.reading() as connection:
            row = connection.execute(
                select(restore_draft).where(restore_draft.c.id == draft_id)
            ).first()
        return None if row is None else _draft(row)

    def of(self, server_id: str, count: int) -> tuple[RestoreDraft, ...]:
        """The newest drafts about a server's backups, newest first."""
        wanted = {"server": server_id, "count": count}
        with self._database.reading() as connection:
            rows = connection.execute(_NEWEST_OF, wanted).all()
        return tuple(map(_draft, rows))


def _require_same(row: Row[Any] | None, draft: RestoreDraft) -> None:
    if row is None and draft.revision:
        raise RestoreError(
            "This restore was put aside by another person",
            why="its answers are no longer in the store",
            remedy="begin anew; nothing was touched",
        )
    if row is not None and row.revision != draft.revision:
        raise RestoreError(
            f"{row.who} goes on with this restore now",
            why=f"it was taken over on {row.host} at {row.updated_at:%H:%M:%S} UTC",
            remedy="take it back in the restores of this server, or leave it to them",
        )


def _values(draft: RestoreDraft) -> dict[str, object]:
    import msgspec

    return {
        "id": draft.draft_id,
        "server_id": draft.server_id,
        "who": draft.who,
        "host": draft.host,
        "step": draft.step.value,
        "wish": msgspec.to_builtins(draft),
        "revision": draft.revision,
        "updated_at": draft.updated_at,
    }


def _draft(row: Row[Any]) -> RestoreDraft:
    # Few consoles ever need it, so none waits for it when it starts.
    import msgspec

    from core.model.restore_draft import RestoreDraft

    return msgspec.convert(row.wish, RestoreDraft)
