"""Client connections at one moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.model.server import ConnectionSlots
from core.model.unknown import Unknown


class BackendState(StrEnum):
    """``pg_stat_activity.state``, and ``hidden`` where the role may not see it."""

    ACTIVE = "active"
    IDLE = "idle"
    IDLE_IN_TRANSACTION = "idle in transaction"
    IDLE_IN_TRANSACTION_ABORTED = "idle in transaction (aborted)"
    FASTPATH = "fastpath function call"
    DISABLED = "disabled"
    STARTING = "starting"
    HIDDEN = "hidden"


BACKUP_APPLICATION = "pgvigil backup"
"""How the sessions of a backup are called in pg_stat_activity, those of pg_dump too."""


@dataclass(frozen=True, slots=True)
class Backend:
    """One client backend of ``pg_stat_activity``; names and text are as the server gave them.

    Ages are seconds at the moment of the snapshot by the server's clock, each from its own start:
    ``query_seconds`` only while active, ``state_seconds`` since ``state_change``.
    """

    pid: int
    database: str
    role: str
    application: str
    client: str
    state: BackendState
    wait_event_type: str
    wait_event: str
    backend_start: datetime | None
    query_seconds: float | None
    transaction_seconds: float | None
    state_seconds: float | None
    query_id: int | None
    query: str
    blocked_by: tuple[int, ...] = ()
    is_pgvigil: bool = False

    @property
    def is_backup(self) -> bool:
        """Whether it calls itself a session of a backup; anybody may call a session so."""
        return self.application == BACKUP_APPLICATION


@dataclass(frozen=True, slots=True)
class Count:
    """How many backends share a ``label``."""

    label: str
    total: int
    active: int = 0


@dataclass(frozen=True, slots=True)
class Connections:
    """All client backends at one moment, counted and listed.

    ``total`` and the breakdowns count every client backend; ``backends`` may be cut to the most
    telling ones (``backends_left_out`` says how many are not listed).
    """

    slots: ConnectionSlots
    total: int
    by_state: tuple[Count, ...]
    by_database: tuple[Count, ...]
    by_role: tuple[Count, ...]
    by_application: tuple[Count, ...]
    by_client: tuple[Count, ...]
    waiting_on_lock: int
    longest_query_seconds: float | None
    longest_transaction_seconds: float | None
    longest_idle_in_transaction_seconds: float | None
    backends: tuple[Backend, ...]
    backends_left_out: int = 0
    details: Unknown | None = None
    """Why other roles' states and queries are hidden, when they are."""

    @property
    def usage(self) -> float:
        """Client backends as a share of the usable slots, 0.0 to beyond 1.0."""
        return self.total / self.slots.usable if self.slots.usable > 0 else 0.0

    def in_state(self, *states: BackendState) -> int:
        """How many backends are in any of ``states``."""
        wanted = {state.value for state in states}
        return sum(count.total for count in self.by_state if count.label in wanted)
