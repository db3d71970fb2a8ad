"""What a frame says of now: a reading that nobody renews stands as unknown, and says how old it is.

A screen draws old figures with their age. What goes into a shell, a document or a monitoring
system is taken for the present, so there the age takes the place of the figure.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from core.assess.wording import duration
from core.model.server import Link, LinkState
from core.model.snapshot import Frame, Taken
from core.model.unknown import Unknown

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Yardstick:
    """What makes a reading one of the present."""

    moment: datetime
    spare_seconds: float
    least: datetime | None
    why_down: str

    def measured(self, taken: Taken[T] | None) -> Taken[T] | None:
        if taken is None or isinstance(taken.body, Unknown) or self._is_current(taken):
            return taken
        age = max(0.0, (self.moment - taken.at).total_seconds())
        why = self.why_down or "nothing newer came"
        return replace(taken, body=Unknown(f"last read {duration(age)} ago: {why}"))

    def _is_current(self, taken: Taken[T]) -> bool:
        if self.why_down or (self.least is not None and taken.at < self.least):
            return False
        age = abs((self.moment - taken.at).total_seconds())
        return age <= 2 * taken.pace_seconds + self.spare_seconds


def only_current(frame: Frame, spare_seconds: float, least: datetime | None = None) -> Frame:
    """``frame`` with what is not of its moment as unknown, each with its age and why.

    A reading is current while the server is connected, since it is, and within two intervals and
    ``spare_seconds``, which another watcher may need to take over; and not from before ``least``.
    """
    link = frame.link.body if frame.link is not None else None
    earliest = least
    if isinstance(link, Link) and link.state is LinkState.CONNECTED:
        earliest = max(link.since, least) if least is not None else link.since
    by = _Yardstick(frame.moment, spare_seconds, earliest, why_not_connected(frame))
    return replace(
        frame,
        server=by.measured(frame.server),
        connections=by.measured(frame.connections),
        statements=by.measured(frame.statements),
        databases=by.measured(frame.databases),
        cost=by.measured(frame.cost),
    )


def why_not_connected(frame: Frame) -> str:
    """Why nothing is read of the server now; empty while it is connected."""
    link = frame.link.body if frame.link is not None else None
    if not isinstance(link, Link):
        return "no watcher has connected yet"
    if link.state is LinkState.CONNECTED:
        return ""
    return link.what or f"the server is {link.state.value}"
