"""All checks, those first that must be mended."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from core.model.restore import Check, CheckState
from core.restore.preflight.collations import collation_checks
from core.restore.preflight.database import database_checks
from core.restore.preflight.live import live_checks
from core.restore.preflight.needed import needed_checks
from core.restore.preflight.planned import Planned
from core.restore.preflight.roles import role_checks
from core.restore.preflight.room import room_checks
from core.restore.preflight.server import server_checks
from core.restore.preflight.whole import whole_checks

_SUBJECTS: tuple[Callable[[Planned], Iterator[Check]], ...] = (
    server_checks,
    database_checks,
    whole_checks,
    needed_checks,
    collation_checks,
    role_checks,
    room_checks,
    live_checks,
)
_ORDER = (CheckState.STOP, CheckState.WARNING, CheckState.UNKNOWN, CheckState.OK)


def checks(planned: Planned) -> tuple[Check, ...]:
    """What was looked at: what stops the restore, what is to be known, and what is well."""
    return in_order(check for subject in _SUBJECTS for check in subject(planned))


def in_order(found: Iterable[Check]) -> tuple[Check, ...]:
    """Checks as a person reads them: what stops the restore comes first."""
    return tuple(sorted(found, key=lambda check: _ORDER.index(check.state)))
