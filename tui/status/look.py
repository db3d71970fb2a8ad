"""One server as ``status`` found it, and what several of them add up to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from core.errors import ExitCode
from core.model.health import Finding, Health
from core.model.server import ServerEntry
from core.model.snapshot import Frame, Taken
from core.model.unknown import Unknown

T = TypeVar("T")

_WORST_FIRST = (Health.CRITICAL, Health.WARNING, Health.UNKNOWN, Health.OK)

EXIT_CODES = {
    Health.OK: ExitCode.OK,
    Health.WARNING: ExitCode.WARNING,
    Health.CRITICAL: ExitCode.CRITICAL,
    Health.UNKNOWN: ExitCode.UNKNOWN,
}


@dataclass(frozen=True, slots=True)
class Look:
    """A server and the newest frame of it."""

    entry: ServerEntry
    frame: Frame

    @property
    def health(self) -> Health:
        """The server's state in one word; unknown where nothing was assessed."""
        assessment = known_body(self.frame.assessment)
        return assessment.health if assessment else Health.UNKNOWN

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was found, worst first."""
        assessment = known_body(self.frame.assessment)
        return assessment.findings if assessment else ()

    @property
    def why_unknown(self) -> Unknown | None:
        """Why there is no assessment, where there is none."""
        taken = self.frame.assessment
        if taken is None:
            return Unknown("no watcher has looked at the server yet")
        return taken.body if isinstance(taken.body, Unknown) else None

    @property
    def age_seconds(self) -> float | None:
        """How old the newest reading is; ``None`` where nothing was ever read of the server."""
        frame = self.frame
        read = (frame.server, frame.connections, frame.statements, frame.databases)
        newest = max((taken.at for taken in read if taken is not None), default=None)
        return None if newest is None else (frame.moment - newest).total_seconds()


def known_body(taken: Taken[T] | None) -> T | None:
    """What was found; ``None`` where nothing was, or it could not be had."""
    return None if taken is None or isinstance(taken.body, Unknown) else taken.body


def worst_first(looks: Iterable[Look]) -> list[Look]:
    """The servers by their health; those that are equally well stay in their order."""
    return sorted(looks, key=lambda look: _WORST_FIRST.index(look.health))


def worst(looks: Iterable[Look]) -> Health:
    """The worst health; unknown is worse than ok and better than a warning."""
    found = {look.health for look in looks} or {Health.UNKNOWN}
    return next(health for health in _WORST_FIRST if health in found)
