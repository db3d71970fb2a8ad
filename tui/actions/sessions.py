"""The keys that act on a server's sessions."""

from __future__ import annotations

from tui.actions.action import Action, Subject
from tui.actions.places import SESSIONS

ACTING_ON_SESSIONS: tuple[Action, ...] = (
    Action("screen.cancel_query", ("c",), "c", "cancel query",
           "cancel the running query (pg_cancel_backend): the session stays",
           SESSIONS, rank=5, danger=True, live_only=True, about=Subject.QUERY),
    Action("screen.terminate_backend", ("x",), "x", "end session",
           "end the session (pg_terminate_backend): its transaction is rolled back",
           SESSIONS, rank=6, danger=True, live_only=True, about=Subject.SESSION),
)  # fmt: skip
