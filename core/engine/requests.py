"""Doing what a console asked for, on the held connection, and writing down who did what."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from core.engine.sampler import Sampler
from core.engine.store_thread import StoreThread
from core.errors import PgvigilError
from core.model.connections import Backend
from core.model.process import Command, Request
from core.postgres.signals import Outcome, Signal, send_signal

_log = logging.getLogger(__name__)

_SIGNALS = {
    Command.CANCEL_QUERY: Signal.CANCEL,
    Command.TERMINATE_BACKEND: Signal.TERMINATE,
}


@dataclass(frozen=True, slots=True)
class _Done:
    done: bool
    result: str
    before: str = ""
    after: str = ""


async def perform(request: Request, sampler: Sampler, store: StoreThread) -> None:
    """Carry out ``request``, finish it, and append it to the audit log if it touched the server.

    Raises:
        StoreError: the store failed; the request then expires.
    """
    try:
        outcome = await _carry_out(request, sampler)
    except PgvigilError as error:
        outcome = _Done(done=False, result=on_one_line(error))
    _log.info("request: %s on %s: %s", request.command.value, request.server_id, outcome.result)
    if request.command is not Command.REFRESH:
        details = {
            **request.arguments,
            "request": request.request_id,
            "before": outcome.before,
            "after": outcome.after,
            "result": outcome.result,
        }
        target = f"{request.server_id} pid {request.arguments.get('pid', '?')}"
        await store.call(
            lambda opened: opened.audit.append(request.who, request.command.value, target, details)
        )
    await store.call(
        lambda opened: opened.requests.finish(
            request.request_id, outcome.result, failed=not outcome.done
        )
    )


def on_one_line(error: PgvigilError) -> str:
    """What, why and remedy as one sentence, where each may end like one by itself."""
    parts = (error.what, error.why, error.remedy)
    return "; ".join(" ".join(part.split()).rstrip(".") for part in parts if part)


async def _carry_out(request: Request, sampler: Sampler) -> _Done:
    if request.command is Command.REFRESH:
        await sampler.refresh()
        down = sampler.session is None and sampler.link is not None
        return _Done(done=not down, result=_why_down(sampler) if down else "asked again")
    session = sampler.session
    if session is None or not session.alive:
        return _Done(done=False, result=_why_down(sampler))
    try:
        pid, backend_start = _which(request.arguments)
    except (KeyError, ValueError) as error:
        return _Done(done=False, result=f"the request can't be understood: {error!r}")
    before = _describe(sampler.backend(pid))
    patience = sampler.settings.engine.signal_patience_seconds
    sent = await send_signal(session, _SIGNALS[request.command], pid, backend_start, patience)
    return _Done(
        done=sent.outcome is Outcome.DONE,
        result=sent.detail,
        before=before,
        after=f"{sent.outcome.value}: {sent.detail}",
    )


def _why_down(sampler: Sampler) -> str:
    what = sampler.link.what if sampler.link is not None else ""
    return f"not connected to the server; {what}".rstrip("; ")


def _which(arguments: Mapping[str, str]) -> tuple[int, datetime]:
    return int(arguments["pid"]), datetime.fromisoformat(arguments["backend_start"])


def _describe(backend: Backend | None) -> str:
    if backend is None:
        return "not in the newest reading"
    return (
        f"role {backend.role}, database {backend.database}, application {backend.application}, "
        f"from {backend.client}, {backend.state.value}: {backend.query}"
    )
