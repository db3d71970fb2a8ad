"""How long a restore's steps will take, told from earlier ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import linear_regression, median

from core.model.restore import RestorePlan, TargetKind
from core.model.restore_operation import PhaseTime, RestoreOperation, RestoreStatus
from core.restore.fetch import FETCH

_NEAR = 2.0
"""Restores of up to so many times, or the so many-th part of, the size take as long by the byte:
beyond that, what is the same at each size counts for more or less."""
_FAR = 10.0
"""What is so many times as large, or so small a part, is told by no byte of the other."""

_ENDED_WELL = {RestoreStatus.COMPLETED, RestoreStatus.UNDONE}
_OWN_WAYS = {TargetKind.MERGE, TargetKind.GLOBALS}
"""What does other things in phases of the same name."""


@dataclass(frozen=True, slots=True)
class EarlierRestore:
    """A restore that came to its end: where to, of how many bytes, and what each phase took."""

    target: TargetKind
    server: str
    fetch_bytes: int
    staged_bytes: int
    seconds: Mapping[str, float]

    def size(self, phase: str) -> int:
        """The bytes that a phase was about."""
        return self.fetch_bytes if phase == FETCH else self.staged_bytes


@dataclass(frozen=True, slots=True)
class Earlier:
    """What earlier restores tell of one that goes to ``server``; the newest first.

    At most ``counted`` of them speak for a phase.
    """

    runs: Sequence[EarlierRestore] = ()
    target: TargetKind = TargetKind.BESIDE
    server: str = ""
    counted: int = 5

    def seconds(self, phase: str, size_bytes: int = 0) -> float | None:
        """What a phase of so many bytes should take; ``None`` where no earlier restore had it.

        The median of what restores like it took: of about the same size, to the same server; where
        there are none, what others took by the byte, and besides, where their sizes tell both
        apart. ``None`` also where they were far larger or smaller. A phase of no bytes takes what
        it took before.
        """
        had = [
            each
            for each in self.runs
            if phase in each.seconds and _way(each.target) is _way(self.target)
        ]
        near = [each for each in had if _is_near(each.size(phase), size_bytes)]
        for runs in (self._here(near), near):
            if runs:
                return median(_scaled(each, phase, size_bytes) for each in runs[: self.counted])
        for runs in (self._here(had), had):
            told = _told_by_others(runs[: self.counted], phase, size_bytes)
            if told is not None:
                return told
        return None

    def seconds_if_any(self, phase: str, size_bytes: int = 0, *, beside: str) -> float | None:
        """As :meth:`seconds`, of a phase that not every restore has: none, where it never was.

        ``beside`` is one that each has: where that is not known, neither is this.
        """
        if self.seconds(beside, size_bytes) is None:
            return None
        return self.seconds(phase, size_bytes) or 0.0

    def _here(self, runs: Sequence[EarlierRestore]) -> list[EarlierRestore]:
        return [each for each in runs if each.server == self.server]


NOTHING_EARLIER = Earlier()


def earlier_restore(operation: RestoreOperation) -> EarlierRestore | None:
    """What a restore tells of later ones; ``None`` where it did not come to its end."""
    took = {each.name: each.took for each in operation.phases if each.took is not None}
    if operation.status not in _ENDED_WELL or not took:
        return None
    return EarlierRestore(
        operation.target,
        operation.target_server,
        operation.fetch_bytes,
        operation.staged_bytes,
        took,
    )


def expected_phases(plan: RestorePlan) -> tuple[PhaseTime, ...]:
    """The phases of a plan with what each is expected to take, in their order."""
    found: dict[str, float | None] = {}
    for step in plan.steps:
        before = found.get(step.phase, 0.0)
        known = before is not None and step.seconds is not None
        found[step.phase] = (before or 0.0) + (step.seconds or 0.0) if known else None
    return tuple(PhaseTime(name, seconds) for name, seconds in found.items())


def with_real(
    expected: Sequence[PhaseTime], over: Sequence[tuple[str, float]]
) -> tuple[PhaseTime, ...]:
    """Phases as they were expected and as they were, in the order in which they came."""
    took: dict[str, float] = {}
    for name, seconds in over:
        took[name] = took.get(name, 0.0) + seconds
    known = {each.name: each.expected for each in expected}
    came = tuple(PhaseTime(name, known.get(name), seconds) for name, seconds in took.items())
    return (*came, *(each for each in expected if each.name not in took))


def _way(target: TargetKind) -> TargetKind:
    return target if target in _OWN_WAYS else TargetKind.BESIDE


def _is_near(size: int, wanted: int) -> bool:
    return _is_within(_NEAR, size, wanted)


def _is_within(times: float, size: int, wanted: int) -> bool:
    if not size or not wanted:
        return size == wanted
    return max(size, wanted) <= min(size, wanted) * times


def _scaled(run: EarlierRestore, phase: str, size_bytes: int) -> float:
    size = run.size(phase)
    scale = size_bytes / size if size and size_bytes else 1.0
    return run.seconds[phase] * scale


def _told_by_others(runs: Sequence[EarlierRestore], phase: str, size_bytes: int) -> float | None:
    """What restores of other sizes tell; ``None`` where these are too far away."""
    if not size_bytes:
        return median(each.seconds[phase] for each in runs) if runs else None
    told = [each for each in runs if _is_within(_FAR, each.size(phase), size_bytes)]
    if not told:
        return None
    sizes = [each.size(phase) for each in runs]
    if max(sizes) > _NEAR * min(sizes):
        by_byte, fixed = linear_regression(sizes, [each.seconds[phase] for each in runs])
        if by_byte >= 0 and fixed >= 0:
            return fixed + by_byte * size_bytes
    return median(_scaled(each, phase, size_bytes) for each in told)
