"""Writing snapshots: which are compressed against which keyframe."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, insert

from core.model.snapshot import Snapshot, Subject
from core.model.unknown import Unknown
from core.store import codec
from core.store.database import Database
from core.store.moments import MINUTE, to_micros
from core.store.tables import keyframe, snapshot

_KEYFRAME_LASTS = 10 * MINUTE
_LIKE_ENOUGH = 0.5
_SMALL = 512


@dataclass(slots=True)
class _Current:
    keyframe_id: int
    frame: codec.Keyframe
    taken_at: int
    packed_size: int


class Recorder:
    """Packs snapshots and inserts them; remembers each subject's keyframe between ticks.

    Not safe for threads by itself: the store calls it inside its writing transaction only.
    """

    def __init__(self, database: Database) -> None:
        self._current: dict[tuple[int, Subject], _Current] = {}
        statement = database.insert(snapshot)
        self._upsert = statement.on_conflict_do_update(
            index_elements=["server_ref", "subject", "taken_at"],
            set_={
                name: statement.excluded[name]
                for name in ("pace_ms", "version", "unknown", "size", "keyframe_id", "payload")
            },
        )

    def forget(self, server_ref: int) -> None:
        """Begin with new keyframes: the transaction that wrote the last ones failed."""
        for key in [key for key in self._current if key[0] == server_ref]:
            del self._current[key]

    def write(self, connection: Connection, server_ref: int, snapshots: Sequence[Snapshot]) -> None:
        """Insert ``snapshots``; one of the same subject and moment is replaced."""
        rows = [self._row(connection, server_ref, taken) for taken in snapshots]
        if rows:
            connection.execute(self._upsert, rows)

    def _row(
        self, connection: Connection, server_ref: int, taken: Snapshot
    ) -> dict[str, int | bool | bytes]:
        raw = codec.encode(taken.body)
        taken_at = to_micros(taken.taken_at)
        key = (server_ref, taken.subject)
        current = self._current.get(key)
        payload = b""
        if current is not None:
            payload = current.frame.compress(raw)
            fresh = 0 <= taken_at - current.taken_at < _KEYFRAME_LASTS
            if not fresh or len(payload) > max(_SMALL, current.packed_size * _LIKE_ENOUGH):
                current = None
        if current is None:
            current = self._current[key] = _new_keyframe(connection, server_ref, taken_at, raw)
            payload = current.frame.compress(raw)
        return {
            "server_ref": server_ref,
            "subject": codec.CODES[taken.subject],
            "taken_at": taken_at,
            "pace_ms": round(taken.pace_seconds * 1000),
            "version": codec.VERSIONS[taken.subject],
            "unknown": isinstance(taken.body, Unknown),
            "size": len(payload),
            "keyframe_id": current.keyframe_id,
            "payload": payload,
        }


def _new_keyframe(connection: Connection, server_ref: int, taken_at: int, raw: bytes) -> _Current:
    packed = codec.pack(raw)
    keyframe_id = connection.execute(
        insert(keyframe)
        .values(server_ref=server_ref, taken_at=taken_at, payload=packed)
        .returning(keyframe.c.keyframe_id)
    ).scalar_one()
    return _Current(keyframe_id, codec.Keyframe(raw), taken_at, len(packed))
