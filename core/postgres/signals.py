"""Cancelling a query and ending a session: of exactly the backend that was meant."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.postgres.capabilities import Capabilities, probe
from core.postgres.failure import QuestionError
from core.postgres.session import Session

# A pid is used again once its backend has gone; the pid and the backend's start together are not.
_SIGNAL = b"""
SELECT /* pgvigil signal */
    pid = pg_catalog.pg_backend_pid(),
    backend_start IS NULL,
    backend_start = %(backend_start)s::pg_catalog.timestamptz,
    CASE
        WHEN backend_start = %(backend_start)s::pg_catalog.timestamptz
            AND pid <> pg_catalog.pg_backend_pid()
        THEN pg_catalog.{function}(pid)
    END
FROM pg_catalog.pg_stat_activity
WHERE pid = %(pid)s::pg_catalog.int4
"""
_LOOK = b"""
SELECT /* pgvigil signal */ state, pg_catalog.date_part('epoch', query_start)
FROM pg_catalog.pg_stat_activity
WHERE pid = %(pid)s::pg_catalog.int4 AND backend_start = %(backend_start)s::pg_catalog.timestamptz
"""
_OF_A_SUPERUSER = b"""
SELECT /* pgvigil signal */ rolsuper
FROM pg_catalog.pg_stat_activity JOIN pg_catalog.pg_roles ON pg_roles.oid = usesysid
WHERE pid = %(pid)s::pg_catalog.int4 AND backend_start = %(backend_start)s::pg_catalog.timestamptz
"""
_INSUFFICIENT_PRIVILEGE = "42501"
_RUNNING = ("active", "fastpath function call")
_FIRST_LOOK_SECONDS = 0.05


class Signal(StrEnum):
    """What is done to a backend; the value is the function's name."""

    CANCEL = "pg_cancel_backend"
    TERMINATE = "pg_terminate_backend"


class Outcome(StrEnum):
    """What came of a signal, in words for the person who asked for it."""

    DONE = "done"
    SENT = "sent, but not yet obeyed"
    GONE = "already gone"
    IDLE = "nothing was running"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class SignalResult:
    """``detail`` is for the person who asked."""

    outcome: Outcome
    detail: str


async def send_signal(
    session: Session, signal: Signal, pid: int, backend_start: datetime, patience: float
) -> SignalResult:
    """Signal the backend ``pid`` that started at ``backend_start``, and look whether it obeyed.

    ``patience`` is how long to look, in seconds. Where the role lacks the privilege, the result
    says which one.

    Raises:
        QuestionError: the server refused for another reason.
        SessionLostError: the connection is gone.
    """
    who: dict[str, object] = {"pid": pid, "backend_start": backend_start}
    before = (await session.ask(_LOOK, who)).rows
    if signal is Signal.CANCEL and before and before[0][0] not in _RUNNING:
        return SignalResult(Outcome.IDLE, f"session {pid} runs nothing; it is {before[0][0]}")
    sql = _SIGNAL.replace(b"{function}", signal.value.encode())
    try:
        rows = (await session.ask(sql, who)).rows
    except QuestionError as error:
        if error.sqlstate != _INSUFFICIENT_PRIVILEGE:
            raise
        return await _without_privilege(session, signal, who)
    if rows and rows[0][1] and not rows[0][0]:
        return _hidden(pid, await probe(session))
    if (refusal := _not_sent(rows, pid)) is not None:
        return refusal
    query_start = before[0][1] if before else None
    wait = _FIRST_LOOK_SECONDS
    loop = asyncio.get_running_loop()
    deadline = loop.time() + patience
    while True:
        now = (await session.ask(_LOOK, who)).rows
        if (done := _obeyed(signal, now, query_start, pid)) is not None:
            return done
        if loop.time() + wait > deadline:
            return SignalResult(Outcome.SENT, _still_there(signal, pid))
        await asyncio.sleep(wait)
        wait *= 2


def _not_sent(rows: list[tuple[object, ...]], pid: int) -> SignalResult | None:
    if not rows:
        return SignalResult(Outcome.GONE, f"no session has the pid {pid} any more")
    is_pgvigil, _, same, sent = rows[0]
    if is_pgvigil:
        return SignalResult(Outcome.REFUSED, f"pid {pid} is pgvigil's own session")
    if not same:
        return SignalResult(
            Outcome.GONE, f"the session that was meant is gone; the pid {pid} is another's now"
        )
    return None if sent else SignalResult(Outcome.GONE, f"no process {pid} took the signal")


def _hidden(pid: int, found: Capabilities) -> SignalResult:
    return SignalResult(
        Outcome.REFUSED,
        f"the role may not see when the session {pid} began, so it can't be told whether it is"
        f" still the one that was meant; {_to_run('pg_monitor', found)}",
    )


async def _without_privilege(
    session: Session, signal: Signal, who: dict[str, object]
) -> SignalResult:
    """Which privilege is missing, asked from the catalog: the server's words may be translated."""
    deed = "cancel its query" if signal is Signal.CANCEL else "end it"
    rows = (await session.ask(_OF_A_SUPERUSER, who)).rows
    if not rows:
        return SignalResult(Outcome.GONE, f"the session {who['pid']} is gone")
    if rows[0][0]:
        return SignalResult(
            Outcome.REFUSED,
            f"session {who['pid']} is a superuser's: only a superuser can {deed}",
        )
    found = await probe(session)
    return SignalResult(
        Outcome.REFUSED,
        f"session {who['pid']} is another role's, and the role {found.role} may not {deed}; "
        + _to_run("pg_signal_backend", found),
    )


def _to_run(role: str, found: Capabilities) -> str:
    where = "on the primary run: " if found.in_recovery else "run: "
    return where + "; ".join(found.granting(role))


def _obeyed(
    signal: Signal, now: list[tuple[object, ...]], query_start: object, pid: int
) -> SignalResult | None:
    if not now:
        return SignalResult(Outcome.DONE, f"the session {pid} is gone")
    state, started = now[0]
    if signal is Signal.CANCEL and (state not in _RUNNING or started != query_start):
        return SignalResult(Outcome.DONE, f"the query of session {pid} ended; it is {state} now")
    return None


def _still_there(signal: Signal, pid: int) -> str:
    what = "query" if signal is Signal.CANCEL else "session"
    return (
        f"the {what} of pid {pid} has not ended yet: it is in a place where it does not listen,"
        " such as a system call on slow storage"
    )
