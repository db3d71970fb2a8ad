"""The processes that meet in the store, and which of them live."""

from __future__ import annotations

import json

from sqlalchemy import Row, delete, select

from core.model.process import Configuration, ProcessInfo, ProcessKind
from core.store.database import Database
from core.store.local import here, host, is_gone
from core.store.moments import SECOND, from_micros, to_micros
from core.store.tables import process

_BY_AGE = select(process).order_by(process.c.started_at)


class Processes:
    """Heartbeats of watchers, services, consoles and jobs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def beat(self, info: ProcessInfo) -> None:
        """Say that the calling process lives, and what it looks at now.

        Host, pid and heartbeat are found out here; those in ``info`` are for reading.
        """
        me, configured = here(), info.configuration
        with self._database.writing() as connection:
            values = {
                "kind": info.kind.value,
                "host": me.host,
                "pid": me.pid,
                "pid_started": me.pid_started,
                "os_user": info.os_user,
                "started_at": to_micros(info.started_at),
                "heartbeat_at": self._database.now(connection),
                "servers": json.dumps(info.servers),
                "attends": json.dumps(info.attends),
                "client": info.client,
                "asked_at": to_micros(configured.asked_at) if configured else None,
                "digests": json.dumps(dict(configured.digests) if configured else {}),
            }
            connection.execute(
                self._database.insert(process)
                .values(process_id=info.process_id, **values)
                .on_conflict_do_update(index_elements=["process_id"], set_=values)
            )
            for server_id in info.servers:
                self._database.note_change(connection, server_id)

    def alive(self, *kinds: ProcessKind, lost_after_seconds: float) -> tuple[ProcessInfo, ...]:
        """Every living process (of ``kinds``, if any are given), oldest first.

        A process is dead when it was silent for so long, or is gone from this host. Of another
        host, one is that beat at a time that is as far ahead: it would have beaten again since.
        """
        with self._database.reading() as connection:
            now = self._database.now(connection)
            rows = connection.execute(_BY_AGE).all()
        return tuple(
            _info(row)
            for row in rows
            if (not kinds or row.kind in kinds) and _lives(row, now, lost_after_seconds)
        )

    def forget(self, process_id: str) -> None:
        """Remove a process that ends."""
        with self._database.writing() as connection:
            connection.execute(delete(process).where(process.c.process_id == process_id))

    def forget_dead(self, *, lost_after_seconds: float) -> tuple[str, ...]:
        """Remove every process that no longer lives, and say which they were."""
        with self._database.reading() as connection:
            now = self._database.now(connection)
            rows = connection.execute(select(process)).all()
        dead = tuple(row.process_id for row in rows if not _lives(row, now, lost_after_seconds))
        if dead:
            with self._database.writing() as connection:
                connection.execute(
                    delete(process).where(
                        process.c.process_id.in_(dead),
                        process.c.heartbeat_at <= now,
                    )
                )
        return dead


def _lives(row: Row[tuple[object, ...]], now: int, lost_after_seconds: float) -> bool:
    """Whether it beats; a beat far ahead of now is from before the clock was set back."""
    silent = now - row.heartbeat_at
    if row.host == host():
        silent = max(silent, 0)
    if abs(silent) > round(lost_after_seconds * SECOND):
        return False
    return not is_gone(row.host, row.pid, row.pid_started)


def _info(row: Row[tuple[object, ...]]) -> ProcessInfo:
    return ProcessInfo(
        process_id=row.process_id,
        kind=ProcessKind(row.kind),
        host=row.host.split(" ")[0],
        pid=row.pid,
        os_user=row.os_user,
        started_at=from_micros(row.started_at),
        heartbeat_at=from_micros(row.heartbeat_at),
        servers=tuple(json.loads(row.servers)),
        attends=tuple(json.loads(row.attends)),
        client=row.client,
        configuration=_configuration(row),
    )


def _configuration(row: Row[tuple[object, ...]]) -> Configuration | None:
    if row.asked_at is None:
        return None
    return Configuration(from_micros(row.asked_at), json.loads(row.digests))
