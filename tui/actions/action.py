"""What a key does: one thing that a person can do, where, and to what."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tui.actions.places import EVERYWHERE, Place
from tui.panes.view import Mode


class Subject(StrEnum):
    """What an action is about; where there is none, the footer does not name it."""

    ROW = "what the cursor is on"
    DETAIL = "what Enter opens"
    ROWS = "the rows of a table"
    COLUMNS = "columns that are out of sight"
    CHARTS = "charts that are out of sight"
    TEXT = "a text to copy"
    SESSION = "the session under the cursor"
    QUERY = "a query that runs"
    SET_UP = "a place where backups go"
    BACKUP = "the backup under the cursor"
    JOB = "a job under way"
    DRAFT = "a restore that somebody began to put together"
    UNDO = "a restore that can be undone"
    STAGED = "a merge that may have staged rows"
    WAITING = "a plan that waits for a second person"
    DRILL = "a guided drill under way"
    FOUND = "a restore that may belong to the drill"
    PROVABLE = "a backup that a drill could take"
    ENDED = "a drill that is over"
    NEW_DATABASE = "a new database that can be named"


@dataclass(frozen=True, slots=True)
class Scene:
    """What decides which keys of a place do anything: how time goes, and what there is.

    ``demo`` where what is looked at is a demonstration, in which things may be broken on purpose.
    """

    mode: Mode = Mode.LIVE
    subjects: frozenset[Subject] = frozenset(Subject)
    demo: bool = False


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that a person can do.

    ``name`` is the Textual action that it runs, ``keys`` are in Textual's names, ``shown`` is how
    all of them are written for people; the footer names the first. ``rank`` orders the footer, the
    lowest first; ``None`` leaves the action out of it. ``live_only`` is not to be had in a rewound
    or paused screen, for it acts on what is, not on what was. ``about`` is what it acts on, where
    that may not be there.
    """

    name: str
    keys: tuple[str, ...]
    shown: str
    label: str
    help: str
    places: frozenset[Place] = EVERYWHERE
    rank: int | None = None
    danger: bool = False
    live_only: bool = False
    about: Subject | None = None
    demo_only: bool = False
