"""Cancelling a query and ending a session: preview, yes, request, result."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from core.errors import PgvigilError
from core.model.connections import Backend, BackendState
from core.model.process import Command, Request, RequestState
from tui import figures
from tui.following import Following
from tui.panes.parts import age_note
from tui.panes.queries import words
from tui.panes.view import View, body_of
from tui.text import one_line
from tui.widgets.confirm import Question

MOST_LISTED = 8


@dataclass(frozen=True, slots=True)
class Verb:
    """How a command is spoken of."""

    command: Command
    title: str
    step: str
    consequence: str
    done: str


CANCEL = Verb(
    Command.CANCEL_QUERY,
    "Cancel the running query",
    "pg_cancel_backend",
    "The statement fails with an error in the application; the session and its connection stay.",
    "cancelled",
)
TERMINATE = Verb(
    Command.TERMINATE_BACKEND,
    "End the session",
    "pg_terminate_backend",
    "The connection is closed and its open transaction is rolled back: unsaved work is lost.",
    "ended",
)


_WITHOUT_QUERY = frozenset(
    {
        BackendState.IDLE,
        BackendState.IDLE_IN_TRANSACTION,
        BackendState.IDLE_IN_TRANSACTION_ABORTED,
    }
)


def within_reach(verb: Verb, backends: Sequence[Backend]) -> list[Backend]:
    """Those of ``backends`` on which the verb has any effect: an idle one runs no query."""
    if verb is TERMINATE:
        return list(backends)
    return [backend for backend in backends if backend.state not in _WITHOUT_QUERY]


def question(view: View, verb: Verb, backends: Sequence[Backend]) -> Question:
    """Exactly what will be done; on a production server its name must be typed.

    Each session is told of as the view shows it, also where that is newer than ``backends``.
    """
    body = body_of(view.frame.connections)
    newest = {_identity(each): each for each in body.backends} if body else {}
    steps = [
        _step(verb, newest[_identity(each)])
        if _identity(each) in newest
        else f"{_step(verb, each)}\nno longer listed: where it has ended, nothing is done"
        for each in backends[:MOST_LISTED]
    ]
    if len(backends) > MOST_LISTED:
        steps.append(f"… and {len(backends) - MOST_LISTED} more of the marked sessions")
    if (age := age_note(view, view.frame.connections)) is not None:
        steps.append(f"this was read {age.text}; nothing newer is known")
    many = f" of {len(backends)} sessions" if len(backends) > 1 else ""
    return Question(
        title=f"{verb.title}{many} on {view.entry.name}",
        steps=tuple(steps),
        consequence=verb.consequence,
        typed=view.entry.name if view.entry.production else "",
    )


def _identity(backend: Backend) -> tuple[int, datetime | None]:
    """A pid alone may be another session's by now."""
    return backend.pid, backend.backend_start


def _step(verb: Verb, backend: Backend) -> str:
    seconds = backend.query_seconds if backend.query_seconds is not None else backend.state_seconds
    since = "" if seconds is None else f" for {figures.duration(seconds)}"
    who = f"{one_line(backend.role)}, {one_line(backend.application) or 'no application name'}"
    text = words(backend.query)[:160]
    told = ": " if backend.state is BackendState.ACTIVE else ", last: "
    doing = f"{backend.state.value}{since}" + (f"{told}{text}" if text else "")
    return f"{verb.step}({backend.pid}): {who}\n{doing}"


async def act(
    following: Following, server_id: str, verb: Verb, backends: Sequence[Backend]
) -> tuple[str, bool]:
    """Ask the watcher of ``server_id`` for each of its sessions.

    Gives what came of it, and whether all of it was done.
    """
    try:
        session = await following.asked()
        requests = [
            await session.ask(server_id, verb.command, _arguments(backend)) for backend in backends
        ]
    except PgvigilError as error:
        return str(error), False
    failed = [each for each in requests if each.state is not RequestState.DONE]
    if not failed:
        return "\n".join(_told(verb, each) for each in requests), True
    return "\n".join(_failure(each) for each in failed), False


def _arguments(backend: Backend) -> dict[str, str]:
    start = backend.backend_start.isoformat() if backend.backend_start else ""
    return {"pid": str(backend.pid), "backend_start": start}


def _told(verb: Verb, request: Request) -> str:
    return request.result or f"pid {request.arguments['pid']}: {verb.done}"


def _failure(request: Request) -> str:
    pid = request.arguments["pid"]
    if request.state is RequestState.EXPIRED:
        return f"pid {pid}: no watcher took the request in time; nothing was done"
    return f"pid {pid}: {request.result or request.state.value}"
