"""Questions to servers: how often each is asked, and what that may cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from msgspec import Meta

from core.config.settings_types import Positive, Seconds, about


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds between two readings: while a console looks at the server, and while none does."""

    attended: Seconds
    unattended: Seconds


@dataclass(frozen=True, slots=True)
class CollectSettings:
    """How often each question is put to a server, and how much pgvigil may cost it."""

    connections: Annotated[Pace, about("Who is connected and what they do, in seconds.")] = Pace(
        attended=2, unattended=10
    )
    statements: Annotated[Pace, about("What the statements of the interval cost, in seconds.")] = (
        Pace(attended=6, unattended=30)
    )
    databases: Annotated[Pace, about("Commits, rollbacks, cache, temporary files, in seconds.")] = (
        Pace(attended=10, unattended=60)
    )
    server: Annotated[Pace, about("Version, role, uptime, settings, in seconds.")] = Pace(
        attended=30, unattended=60
    )
    database_sizes_seconds: Annotated[
        Seconds, about("Seconds between two readings of the databases' sizes.")
    ] = 300
    statement_timeout_seconds: Annotated[
        Seconds, about("A question that takes longer is given up, in seconds.")
    ] = 5
    lock_timeout_seconds: Annotated[
        Seconds, about("A question that waits longer for a lock is given up.")
    ] = 0.5
    connect_timeout_seconds: Annotated[
        Seconds, about("A connection attempt that takes longer is given up.")
    ] = 10
    network_timeout_seconds: Annotated[
        Seconds, about("An answer that comes later than this past its timeout is lost.")
    ] = 5
    reconnect_first_seconds: Annotated[
        Seconds, about("Wait before the first attempt to connect again; then doubling.")
    ] = 1
    reconnect_most_seconds: Annotated[
        Seconds, about("Longest wait between two attempts to connect again.")
    ] = 30
    budget_ms_per_minute: Annotated[
        Positive,
        about("Server time that pgvigil may cost, in ms a minute; above it slows down."),
    ] = 600
    first_interval_seconds: Annotated[
        Seconds, about("The first differences are taken over this short an interval.")
    ] = 0.3
    query_text_bytes: Annotated[
        int, Meta(ge=100, le=100_000), about("Of a running query's text, how much is fetched.")
    ] = 2000
    statement_text_bytes: Annotated[
        int, Meta(ge=1000, le=10**8), about("Of a statement's text, how much is kept.")
    ] = 1_000_000
    backends_listed: Annotated[
        int, Meta(ge=10, le=5000), about("Connections listed one by one; all are counted.")
    ] = 500
    statements_listed: Annotated[
        int, Meta(ge=10, le=1000), about("Statements listed one by one; all are summed.")
    ] = 100
