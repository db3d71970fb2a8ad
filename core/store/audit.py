"""Who did what: a log whose every row carries the SHA-256 of the one before.

Whoever changes or removes a row breaks the chain there. Rows that are too old are removed only
together with a new row that says so and carries the hash on which the rest goes on.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, select

from core.store.database import Database
from core.store.moments import from_micros, to_micros
from core.store.tables import audit_log

PRUNED = "audit log pruned"
_READ_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One row: who did ``action`` to ``target``, and what more there is to say.

    ``hash`` is what the next row carries on.
    """

    number: int
    at: datetime
    who: str
    action: str
    target: str
    details: dict[str, str]
    hash: str = ""


class Audit:
    """The audit log."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def append(self, who: str, action: str, target: str, details: Mapping[str, str]) -> AuditEntry:
        """Write down that ``who`` did ``action`` to ``target``."""
        with self._database.writing() as connection:
            self._database.exclude(connection, "audit_log")
            return self._append(connection, _Words(who, action, target, details))

    def entries(self, count: int) -> tuple[AuditEntry, ...]:
        """The newest ``count`` entries, newest first."""
        with self._database.reading() as connection:
            found = connection.execute(
                select(audit_log).order_by(audit_log.c.number.desc()).limit(count)
            )
            rows = found.mappings().all()
        return tuple(_entry(row) for row in rows)

    def get(self, number: int) -> AuditEntry | None:
        """One entry; ``None`` where it was pruned, or never written."""
        with self._database.reading() as connection:
            found = connection.execute(select(audit_log).where(audit_log.c.number == number))
            row = found.mappings().first()
        return None if row is None else _entry(row)

    def oldest(self) -> datetime | None:
        """When the first entry that is still there was written."""
        with self._database.reading() as connection:
            at = connection.execute(
                select(audit_log.c.at).order_by(audit_log.c.number).limit(1)
            ).scalar()
        return None if at is None else from_micros(at)

    def verify(self) -> int | None:
        """The number of the first row that is not as it was written; ``None`` when all are."""
        with self._database.reading() as connection:
            expected, previous_hash = _anchor(connection)
            rows = connection.execute(select(audit_log).order_by(audit_log.c.number))
            for row in rows.yield_per(_READ_AT_ONCE).mappings():
                follows = row["number"] == expected and row["previous_hash"] == previous_hash
                if not follows or row["hash"] != _hash(row):
                    return expected
                expected, previous_hash = expected + 1, row["hash"]
        return None

    def prune(self, before: datetime) -> int:
        """Remove entries older than ``before``, and say so in a new one; how many there were."""
        with self._database.writing() as connection:
            self._database.exclude(connection, "audit_log")
            oldest = (
                select(audit_log)
                .where(audit_log.c.at < to_micros(before))
                .order_by(audit_log.c.number.desc())
                .limit(1)
            )
            last = connection.execute(oldest).first()
            if last is None:
                return 0
            removed = f"entries up to {last.number}"
            self._append(
                connection,
                _Words(
                    "pgvigil", PRUNED, removed, {"next": str(last.number + 1), "hash": last.hash}
                ),
            )
            return connection.execute(
                delete(audit_log).where(audit_log.c.number <= last.number)
            ).rowcount

    def _append(self, connection: Connection, words: _Words) -> AuditEntry:
        last = connection.execute(
            select(audit_log).order_by(audit_log.c.number.desc()).limit(1)
        ).first()
        row: dict[str, Any] = {
            "number": 1 if last is None else last.number + 1,
            "at": self._database.now(connection),
            "who": words.who,
            "action": words.action,
            "target": words.target,
            "details": json.dumps(dict(words.details), sort_keys=True),
            "previous_hash": "" if last is None else last.hash,
        }
        row["hash"] = _hash(row)
        connection.execute(audit_log.insert().values(row))
        return _entry(row)


@dataclass(frozen=True, slots=True)
class _Words:
    who: str
    action: str
    target: str
    details: Mapping[str, str]


def _anchor(connection: Connection) -> tuple[int, str]:
    """The number that the log begins with, and the hash that its first row carries."""
    pruned = connection.execute(
        select(audit_log.c.details)
        .where(audit_log.c.action == PRUNED)
        .order_by(audit_log.c.number.desc())
        .limit(1)
    ).scalar()
    if pruned is None:
        return 1, ""
    details = json.loads(pruned)
    return int(details["next"]), details["hash"]


def _hash(row: RowMapping | dict[str, Any]) -> str:
    """SHA-256 of every column but the hash itself, as a JSON list in the order of the table."""
    columns = [row[column.name] for column in audit_log.c if column.name != "hash"]
    return hashlib.sha256(json.dumps(columns).encode("ascii")).hexdigest()


def _entry(row: RowMapping | dict[str, Any]) -> AuditEntry:
    return AuditEntry(
        number=row["number"],
        at=from_micros(row["at"]),
        who=row["who"],
        action=row["action"],
        target=row["target"],
        details=json.loads(row["details"]),
        hash=row["hash"],
    )
