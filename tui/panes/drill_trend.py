"""How recovery time and recovery point went, from drill to drill: pure functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TypeAlias

from core.model.drill import Drill, DrillKind, DrillOverview
from core.model.series import Point, Series
from tui import figures
from tui.lines import Role
from tui.text import one_line
from tui.widgets.plot import Curve, Plot, Statistic, Threshold
from tui.widgets.stretch import Stretch

DRAWN_FROM = 0.1
"""From which share of an objective on it is drawn: below that the curves would lie flat."""
SPANS = (30, 61, 91, 137, 183, 274, 366)
"""Days that a trend shows, where more than a month is known."""
NOTHING = "no restore was proven yet"
_RTO_PARTS = (
    ("indexes", "indexes and constraints"),
    ("rows", "rows"),
    ("fetch", "fetch"),
)
"""Names in the legend, and the phase with whose end each of these curves ends."""
_UNITS = ((86_400, "d"), (3600, "h"), (60, "min"))

Figure: TypeAlias = Callable[[Drill], float | None]


def database_of_trend(drills: DrillOverview, chosen: str) -> str:
    """Of which database the trend is: of the one that is chosen, else of the newest drill's."""
    known = {each.database for each in _restores(drills.listed)}
    if chosen in known:
        return chosen
    return next((each.database for each in _restores(drills.listed)), "")


def most_minutes(drills: DrillOverview, now: datetime) -> int:
    """How far back the trend goes at most: as long as drills were done, up to a year."""
    ended = [each.finished_at for each in drills.listed if each.finished_at is not None]
    days = (now - min(ended, default=now)) / timedelta(days=1)
    return next((span for span in SPANS if days <= span), SPANS[-1]) * 24 * 60


def first_of(drills: DrillOverview) -> datetime | None:
    """When the first drill ended that measured something; ``None`` where none did."""
    measured = (
        each.finished_at
        for each in _restores(drills.listed)
        if each.rto_seconds is not None or each.rpo_seconds is not None
    )
    return min((at for at in measured if at is not None), default=None)


def rto_plot(drills: DrillOverview, database: str, stretch: Stretch, now: datetime) -> Plot:
    """The recovery time against its objective; below it the phases, each on those before."""
    known = _of(drills, database)
    curves = [("RTO", _rto), *((name, _until(phase)) for name, phase in _RTO_PARTS)]
    found = [(label, _series(known, figure, stretch, drills, now)) for label, figure in curves]
    return _plot(found, drills.objectives.rto_seconds)


def rpo_plot(drills: DrillOverview, database: str, stretch: Stretch, now: datetime) -> Plot:
    """How much would have been lost, against its objective."""
    known = _of(drills, database)
    found = _series(known, _rpo, stretch, drills, now)
    return _plot([("RPO", found)], drills.objectives.rpo_seconds)


def axis_time(seconds: float) -> str:
    """A time on an axis in few cells: ``90 min``, ``2 h``, ``0.5 s``."""
    for unit, label in _UNITS:
        if seconds >= unit and seconds % unit == 0:
            return f"{seconds / unit:.0f} {label}"
    return f"{seconds:.3g} s" if seconds < 1000 else f"{seconds / 60:.0f} min"


def _plot(found: Sequence[tuple[str, Series]], objective: float) -> Plot:
    curves = tuple(Curve(label, series, Statistic.HIGH) for label, series in found if series.points)
    highest = max((point.high for each in curves for point in each.series.points), default=0.0)
    label = f"objective {figures.duration(objective)}"
    return Plot(
        curves,
        (Threshold(objective, label, Role.WARNING),) if objective else (),
        figure=axis_time,
        base=60.0,
        least_top=objective if highest >= objective * DRAWN_FROM else 0.0,
        nothing=NOTHING,
    )


def _series(
    known: Sequence[Drill], figure: Figure, stretch: Stretch, drills: DrillOverview, now: datetime
) -> Series:
    """What each drill measured stands until the next one, or until it is too old to count.

    One that measured nothing, for it failed, ends what stood before. Of several in one bucket the
    worst is drawn.
    """
    width, lasting = timedelta(seconds=stretch.bucket_seconds), drills.turn_seconds
    points, later, last = [], list(reversed(known)), None
    for bucket in range(stretch.buckets):
        start = stretch.start + bucket * width
        inside = []
        while later and _ended(later[-1]) < start + width:
            last = later.pop()
            if _ended(last) >= start:
                inside.append(figure(last))
        value = _worst(inside) if inside else _standing(last, figure, start, lasting)
        if value is not None and start <= now:
            points.append(Point(start, value, value, value))
    return Series(
        None,
        stretch.start,
        stretch.end,
        stretch.bucket_seconds,
        tuple(points),
    )


def _standing(last: Drill | None, figure: Figure, at: datetime, lasting: float) -> float | None:
    """What the last drill before measured, as long as it counts."""
    if last is None or (lasting and (at - _ended(last)).total_seconds() > lasting):
        return None
    return figure(last)


def _worst(values: Sequence[float | None]) -> float | None:
    return max((each for each in values if each is not None), default=None)


def _ended(drill: Drill) -> datetime:
    return drill.finished_at or drill.started_at


def _of(drills: DrillOverview, database: str) -> list[Drill]:
    """The restores of a database that are over, oldest first."""
    return [each for each in reversed(_restores(drills.listed)) if each.database == database]


def _restores(listed: Sequence[Drill]) -> list[Drill]:
    """What restored, or tried to."""
    return [e for e in listed if e.status.is_over and e.kind is not DrillKind.SABOTAGE]


def _rto(drill: Drill) -> float | None:
    return drill.rto_seconds if drill.status.is_proof else None


def _rpo(drill: Drill) -> float | None:
    return drill.rpo_seconds


def _until(phase: str) -> Figure:
    """The time from the beginning until the end of a phase."""

    def seconds(drill: Drill) -> float | None:
        if not drill.status.is_proof or phase not in {each.name for each in drill.phases}:
            return None
        passed = 0.0
        for each in drill.phases:
            passed += each.seconds
            if each.name == phase:
                return passed
        return None

    return seconds


def trend_title(database: str) -> str:
    """What the charts are of."""
    return f"Trend of {one_line(database)}" if database else "Trend"
