"""Who plays in which scenario, and in which process."""

from __future__ import annotations

from core.demo.scenario import Scenario

_STEADY = (
    *["storefront"] * 3,
    *["checkout"] * 2,
    "mailer",
    "search",
    "reports",
    "archive",
)
_TROUBLE = ("slow_report", "lock_queue", "connection_burst", "failed_logins", "superuser_grant")


def processes(scenario: Scenario) -> tuple[tuple[str, ...], ...]:
    """The parts of each workload process; trouble has its own, so that it can't slow the shop."""
    return (_STEADY,) if scenario is Scenario.CALM else (_STEADY, _TROUBLE)
