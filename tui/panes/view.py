"""What a pane is given: one server's frame, the moment it is looked at, and how to judge it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from math import ceil
from typing import Any, TypeVar, overload

from core.api.thresholds import ThresholdSettings
from core.errors import PgvigilError
from core.model.health import Area, Assessment, Finding, Health, Severity
from core.model.link import Link, LinkState, ServerEntry
from core.model.snapshot import Frame, Taken
from core.model.unknown import Unknown
from tui.dated import dated

STALE_AFTER_PACES = 2
"""Law 7: a figure shows its age once it is older than two refresh intervals."""

_WHILE = {
    LinkState.REFUSED: "the server refuses pgvigil",
    LinkState.SLOTS_EXHAUSTED: "all slots are taken",
}

T = TypeVar("T")


class Mode(StrEnum):
    """How the screen follows the time."""

    LIVE = "live"
    PAUSED = "paused"
    REWOUND = "rewound"


@dataclass(frozen=True, slots=True)
class Missing:
    """What stands where a subject's numbers can't be: what, why, and what to do about it."""

    what: str
    why: str = ""
    remedy: str = ""
    is_fault: bool = False
    note: str = ""
    brief: str = ""

    @property
    def in_brief(self) -> Missing:
        """The same for a pane beside the one that tells all of it."""
        return Missing(self.brief, note=self.note) if self.brief else self


@dataclass(frozen=True, slots=True)
class View:
    """A frame as a person looks at it at ``now``.

    ``trouble`` is why store or watcher can't be used, ``troubled_since`` the last news before that
    began; what comes in nevertheless counts. ``notices`` is what else there is to know of the
    watching itself. ``others`` counts the further servers that the
    console can be switched to; ``elsewhere`` is how they are, by name, as far as it is known.
    """

    entry: ServerEntry
    frame: Frame
    now: datetime
    thresholds: ThresholdSettings
    mode: Mode = Mode.LIVE
    trouble: PgvigilError | None = None
    troubled_since: datetime | None = None
    notices: tuple[Finding, ...] = ()
    others: int = 0
    elsewhere: tuple[tuple[str, Health], ...] = ()
    drawn_every: float = 0.0
    """Seconds between two frames that are drawn, where they are fewer than those that come."""
    is_read: bool = True
    """Whether the frame came from the store, which may take its time, or only stands for one."""

    @property
    def reference(self) -> datetime:
        """The moment from which ages count: the frame's own, unless it is followed live."""
        return self.now if self.mode is Mode.LIVE else self.frame.moment

    @property
    def link(self) -> Link | None:
        """The state of the watcher's connection, where it is known."""
        return body_of(self.frame.link)

    @property
    def assessment(self) -> Assessment:
        """What the readings mean; unknown and without findings until they were judged."""
        return body_of(self.frame.assessment) or Assessment(Health.UNKNOWN, ())

    @property
    def is_cut_off(self) -> bool:
        """Whether there is trouble, and nothing that was judged since then comes in."""
        return self.is_outdated(self.frame)

    def is_outdated(self, frame: Frame) -> bool:
        """Whether what was judged of a server is too old to count, while there is trouble."""
        is_troubled = self.trouble is not None and self.mode is Mode.LIVE
        return is_troubled and _is_old(self, frame.assessment)

    @property
    def health(self) -> Health:
        """The overall health: unknown once nothing new comes in, never good in trouble."""
        if self.is_cut_off:
            return Health.UNKNOWN
        found = self.assessment.health
        is_troubled = self.trouble is not None and self.mode is Mode.LIVE
        return Health.WARNING if is_troubled and found is Health.OK else found

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is open: why store or watcher can't be used, what was found, then notices.

        What is critical and still comes in stands before that. Of the past, only what was found
        then.
        """
        found = tuple(dated(each, self.now) for each in self.assessment.findings)
        if self.mode is not Mode.LIVE:
            return found
        if self.trouble is None:
            return (*found, *self.notices)
        own = _as_finding(self.trouble, self.troubled_since or last_news(self.frame))
        if self.is_cut_off:
            return (own, *found, *self.notices)
        return (*sorted((own, *found), key=_is_less_than_critical), *self.notices)

    def seconds_old(self, taken: Taken[Any]) -> float:
        """How old a reading is, in seconds."""
        return max(0.0, (self.reference - taken.at).total_seconds())

    def is_stale(self, taken: Taken[Any]) -> bool:
        """Whether a reading is older than two of its refresh intervals, those of the screen."""
        interval = max(taken.pace_seconds, self.drawn_every)
        return self.seconds_old(taken) > STALE_AFTER_PACES * interval

    @property
    def is_steady(self) -> bool:
        """Whether time alone changes nothing on the screen: live, connected, and not old."""
        link, newest = self.link, self.newest
        return (
            self.mode is Mode.LIVE
            and self.trouble is None
            and link is not None
            and link.state is LinkState.CONNECTED
            and newest is not None
            and not self.is_stale(newest)
        )

    @property
    def newest(self) -> Taken[Any] | None:
        """The reading that tells how fresh the screen is: the one with the fastest pace."""
        return _newest(self.frame)


def last_news(frame: Frame) -> datetime:
    """When the newest of a frame was read; before the first reading, the frame's own moment."""
    newest = _newest(frame)
    return newest.at if newest is not None else frame.moment


def _newest(frame: Frame) -> Taken[Any] | None:
    return frame.connections or frame.server


def _is_less_than_critical(finding: Finding) -> bool:
    return finding.severity < Severity.CRITICAL


def _as_finding(trouble: PgvigilError, since: datetime) -> Finding:
    """Why store or watcher can't be used, as what it is to a person: a finding."""
    return Finding(
        fingerprint="pgvigil.trouble",
        area=Area.PGVIGIL,
        severity=Severity.HIGH,
        title=trouble.what,
        detail=trouble.why,
        advice=trouble.remedy,
        since=since,
    )


def body_of(taken: Taken[T] | None) -> T | None:
    """What was read, where something was."""
    return None if taken is None or isinstance(taken.body, Unknown) else taken.body


@overload
def shown(view: View, taken: None) -> Missing: ...


@overload
def shown(view: View, taken: Taken[T] | None) -> T | Missing: ...


def shown(view: View, taken: Taken[T] | None) -> T | Missing:
    """What a pane shows of a subject: its reading, or what stands in its place.

    A link that is down hides the last numbers, for they are no longer true; rewinding shows them.
    """
    link = view.link
    if link is not None and link.state is not LinkState.CONNECTED:
        return _link_is_down(view, link, taken)
    if view.trouble is not None and view.mode is Mode.LIVE and _is_old(view, taken):
        return _in_trouble(view.trouble)
    if taken is None:
        return _nothing_read(view)
    if isinstance(taken.body, Unknown):
        return Missing("Not known.", taken.body.reason, taken.body.remedy)
    return taken.body


def unread(view: View) -> Missing:
    """What stands for what the store holds before it was read: why, where it can't be read."""
    if view.trouble is not None:
        return _in_trouble(view.trouble)
    what = "the store has not been read yet"
    return Missing("Reading …", "The store has not been read yet.", brief=what)


def _is_old(view: View, taken: Taken[Any] | None) -> bool:
    return taken is None or view.is_stale(taken)


def _in_trouble(trouble: PgvigilError) -> Missing:
    """What stands in the place of numbers that are no longer renewed: why that is."""
    brief = "No figures: nothing new can be read."
    return Missing(trouble.what, trouble.why, trouble.remedy, is_fault=True, brief=brief)


def _nothing_read(view: View) -> Missing:
    if view.mode is Mode.REWOUND:
        return Missing("Nothing was recorded at this moment.", remedy="] steps on, 0 is live.")
    if not view.is_read:
        return unread(view)
    if view.link is None:
        return Missing("Starting …", "The watcher connects to the server.")
    return Missing("Reading …", "The first reading is on its way.")


def _link_is_down(view: View, link: Link, taken: Taken[T] | None) -> Missing:
    if link.state is LinkState.CONNECTING and not link.what:
        return Missing("Connecting …", view.entry.target, brief="Connecting …")
    note = ""
    if taken is not None and view.mode is not Mode.REWOUND:
        note = "[ steps back to the last readings."
    what = link.what or f"The server is {link.state.value}."
    brief = f"No figures while {_WHILE.get(link.state, f'the server is {link.state.value}')}."
    why = _with_next_attempt(view, link)
    return Missing(what, why, link.remedy, is_fault=True, note=note, brief=brief)


def _with_next_attempt(view: View, link: Link) -> str:
    """The link's own explanation, and when it is tried again."""
    if link.next_attempt_at is None or view.mode is Mode.REWOUND:
        return link.why
    seconds = max(0.0, (link.next_attempt_at - view.now).total_seconds())
    tried = f"Attempt {link.attempts + 1}" if link.attempts else "The next attempt"
    when = f"in {ceil(seconds)} s" if seconds else "under way"
    return f"{link.why}\n{tried} {when}.".lstrip("\n")
