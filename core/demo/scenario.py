"""What goes on in a demonstration, and when."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Scenario(StrEnum):
    """How bad a day the demonstration shows."""

    CALM = "calm"
    INCIDENT = "incident"


@dataclass(frozen=True, slots=True)
class Timings:
    """When the workload does what, in seconds unless the name says otherwise.

    The defaults let a person see each condition come and go within the first minutes; a test
    shortens them.
    """

    think: float = 0.12
    slow_query_first: float = 4
    slow_query_every: float = 10
    slow_query_least: float = 0.7
    slow_query_most: float = 2.2
    lock_queue_first: float = 15
    lock_queue_step: float = 1
    lock_queue_hold: float = 45
    lock_queue_every: float = 60
    burst_first: float = 35
    burst_every: float = 100
    burst_step: float = 0.1
    burst_hold: float = 25
    burst_share: float = 0.88
    failed_logins_first: float = 8
    failed_logins_every: float = 12
    superuser_granted_after: float = 90
    archive_every: float = 60
    orders_kept_of_a_tenant: int = 10_000
    audit_events_most_bytes: int = 40_000_000
    console_leaves_within: float = 3
