"""A copy of an incremental is as good as what it refers to in the same repository.

Where an ancestor's copy turns bad, the copies that build upon it count as damaged until somebody
reads them again: whoever lists, judges or prunes backups takes none of them for a good one.
"""

from __future__ import annotations

from sqlalchemy import Connection, and_, select, update

from core.model.backup import BackupCopy, CopyState, VerificationLevel
from core.store.catalog_tables import backup, backup_copy

_COMPLETE, _DAMAGED = CopyState.COMPLETE.value, CopyState.DAMAGED.value


def was_sound(connection: Connection, copy: BackupCopy) -> bool:
    """Whether a copy counted as complete until now; also one that was not known."""
    its = backup_copy.c
    state = connection.execute(
        select(its.state).where(its.backup_id == copy.backup_id, its.repository == copy.repository)
    ).scalar()
    return state in (None, _COMPLETE)


def condemn_descendants(connection: Connection, bad: BackupCopy) -> None:
    """Note in its repository that all is damaged that needs ``bad``."""
    its = backup_copy.c
    chain = select(backup.c.chain_id).where(backup.c.backup_id == bad.backup_id).scalar_subquery()
    descendants = select(backup.c.backup_id).where(
        backup.c.chain_id == chain, backup.c.needs.contains(bad.backup_id, autoescape=True)
    )
    connection.execute(
        update(backup_copy)
        .where(
            its.repository == bad.repository,
            its.state == _COMPLETE,
            its.backup_id.in_(descendants),
        )
        .values(_damaged(bad.backup_id, bad.state.value))
    )


def condemn_without_ancestors(connection: Connection, copy: BackupCopy) -> None:
    """Note that ``copy`` is damaged, where nobody has read it and what it needs is bad."""
    its = backup_copy.c
    needs = connection.execute(
        select(backup.c.needs).where(backup.c.backup_id == copy.backup_id)
    ).scalar()
    bad = connection.execute(
        select(its.backup_id, its.state)
        .where(
            its.backup_id.in_((needs or "").split()),
            its.repository == copy.repository,
            its.state != _COMPLETE,
        )
        .limit(1)
    ).first()
    if bad is None:
        return
    unread = and_(its.state == _COMPLETE, its.level == VerificationLevel.NONE.value)
    connection.execute(
        update(backup_copy)
        .where(its.backup_id == copy.backup_id, its.repository == copy.repository, unread)
        .values(_damaged(bad.backup_id, bad.state))
    )


def _damaged(ancestor: str, state: str) -> dict[str, object]:
    return {
        "state": _DAMAGED,
        "level": VerificationLevel.NONE.value,
        "verified_at": None,
        "problem": f"it needs {ancestor}, whose copy there is {state}",
    }
