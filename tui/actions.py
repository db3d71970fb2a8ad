"""Everything that a key does: bindings, footer, palette and help are drawn from this table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from tui.panes.view import Mode


class Place(StrEnum):
    """Where in the console a person is."""

    OVERVIEW = "overview"
    CONNECTIONS = "connections"
    LOCK_QUEUES = "lock queues"
    BREAKDOWNS = "breakdowns"
    CONNECTION_HISTORY = "connection history"
    QUERIES = "queries"
    DATABASES = "databases"
    BACKUPS = "backups"
    SCHEDULES = "schedules"
    BACKUP_STORAGE = "backup storage"
    RESTORES = "restores"
    RESTORE = "restore"
    WIZARD_SYMPTOM = "restore: what happened"
    WIZARD_MOMENT = "restore: which moment"
    WIZARD_PARTS = "restore: what"
    WIZARD_TARGET = "restore: where to"
    WIZARD_CHECKS = "restore: checks"
    WIZARD_PLAN = "restore: the plan"
    BACKUP = "backup"
    JOB = "job"
    SECURITY = "security"
    FINDINGS = "findings"
    BACKEND = "backend"
    STATEMENT = "statement"
    DATABASE = "database"
    SERVER = "server"
    SERVERS = "servers"
    FILTER = "filter"


AREAS = (
    Place.OVERVIEW,
    Place.CONNECTIONS,
    Place.QUERIES,
    Place.DATABASES,
    Place.BACKUPS,
    Place.SECURITY,
    Place.FINDINGS,
    Place.SERVER,
    Place.SERVERS,
)
"""The areas behind the keys from 1 on, in their order."""

EVERYWHERE = frozenset(Place) - {Place.FILTER}
"""Not while a filter is typed: then each key is one for the field."""
WIZARD_LISTS = frozenset(
    {
        Place.WIZARD_SYMPTOM,
        Place.WIZARD_MOMENT,
        Place.WIZARD_PARTS,
        Place.WIZARD_TARGET,
        Place.WIZARD_CHECKS,
    }
)
"""The questions of the restore wizard that are answered from a list."""
WIZARD = WIZARD_LISTS | {Place.WIZARD_PLAN}
TABLES = WIZARD_LISTS | frozenset(
    {
        Place.CONNECTIONS,
        Place.QUERIES,
        Place.DATABASES,
        Place.BACKUPS,
        Place.SCHEDULES,
        Place.RESTORES,
        Place.FINDINGS,
        Place.SERVERS,
    }
)
CONNECTION_VIEWS = (
    Place.CONNECTIONS,
    Place.LOCK_QUEUES,
    Place.BREAKDOWNS,
    Place.CONNECTION_HISTORY,
)
"""The views of the connections area behind Tab, in their order."""
BACKUP_VIEWS = (Place.BACKUPS, Place.SCHEDULES, Place.BACKUP_STORAGE, Place.RESTORES)
"""The views of the backups area behind Tab, in their order."""
BACKUP_PLACES = frozenset({*BACKUP_VIEWS, Place.BACKUP, Place.JOB}) - {Place.RESTORES}
CHOSEN_BACKUP = frozenset({Place.BACKUPS, Place.BACKUP})
"""Where there is a backup to act on."""
SESSIONS = frozenset({Place.CONNECTIONS, Place.LOCK_QUEUES, Place.BACKEND})
"""Where there is a session to act on."""
SCROLLING = EVERYWHERE - {Place.CONNECTION_HISTORY, Place.OVERVIEW}
"""Where there is a cursor to move, or something to scroll."""


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


def _areas() -> tuple[Action, ...]:
    """A key for each area; the servers have their own letter besides, and a place in the footer."""
    return tuple(
        Action(
            f"app.area('{place.value}')",
            (str(number),),
            str(number),
            place.value,
            f"open the {place.value} area" if number > 1 else "open the overview",
        )
        for number, place in enumerate(AREAS, start=1)
        if place is not Place.SERVERS
    )


ACTIONS: tuple[Action, ...] = (
    *_areas(),
    Action("screen.detail", ("enter",), "Enter", "detail", "open what the cursor is on",
           TABLES - WIZARD | {Place.LOCK_QUEUES}, rank=2, about=Subject.DETAIL),
    Action("screen.detail", ("enter",), "Enter", "choose", "choose what the cursor is on",
           WIZARD_LISTS - {Place.WIZARD_CHECKS}, rank=2, about=Subject.DETAIL),
    Action("screen.detail", ("enter",), "Enter", "go on",
           "go on to the plan, where nothing stops it",
           frozenset({Place.WIZARD_CHECKS}), rank=2, about=Subject.DETAIL),
    Action("screen.detail", ("enter",), "Enter", "restore",
           "do it, after the target's name was typed",
           frozenset({Place.WIZARD_PLAN}), rank=2, danger=True, live_only=True,
           about=Subject.DETAIL),
    Action("screen.step_back", ("escape",), "Esc", "step back",
           "back to the question before, without loss; from the first one out", WIZARD, rank=3),
    Action("screen.leave", ("w",), "w", "leave",
           "leave the wizard: what was answered stays, for you or another engineer", WIZARD,
           rank=9),
    Action("screen.discard", ("D",), "D", "put aside",
           "forget the answers of the restore under the cursor; nothing of it was done",
           frozenset({Place.WIZARD_SYMPTOM, Place.RESTORES}), rank=6, danger=True,
           live_only=True, about=Subject.DRAFT),
    Action("screen.tell_when", ("m",), "m", "when it broke",
           "say when the damage was done: the newest backup before it is found",
           frozenset({Place.WIZARD_MOMENT}), rank=4),
    Action("screen.definitions", ("d",), "d", "with/without rows",
           "bring back definitions without rows; again: with them",
           frozenset({Place.WIZARD_PARTS}), rank=5),
    Action("screen.name_target", ("n",), "n", "another name",
           "name the new database otherwise", frozenset({Place.WIZARD_TARGET}), rank=4,
           about=Subject.NEW_DATABASE),
    Action("screen.look_again", ("a",), "a", "look again", "make the plan and all checks anew",
           frozenset({Place.WIZARD_CHECKS, Place.WIZARD_PLAN}), rank=4),
    Action("screen.missing_roles", ("o",), "o", "make roles",
           "make the roles that are missing on the target; again: do without them",
           frozenset({Place.WIZARD_CHECKS}), rank=5),
    Action("screen.restore", ("R",), "R", "restore",
           "bring something back, step by step; nothing is touched before you have agreed",
           BACKUP_PLACES | {Place.RESTORES}, rank=7, danger=True,
           live_only=True),
    Action("screen.restore", ("R",), "R", "restore again",
           "the same restore once more, with all its answers",
           frozenset({Place.RESTORE}), rank=6, danger=True, live_only=True),
    Action("app.mishap", ("M",), "M", "drop a table",
           "drop a table of the demo by mistake, to bring it back with R",
           frozenset({Place.OVERVIEW, Place.DATABASES, Place.BACKUPS, Place.RESTORES}), rank=3,
           danger=True, live_only=True, demo_only=True),
    Action("screen.detail", ("enter",), "Enter", "begin",
           "begin a restore that a second person has agreed to",
           frozenset({Place.RESTORE}), rank=2, danger=True, live_only=True,
           about=Subject.WAITING),
    Action("screen.agree", ("A",), "A", "agree",
           "agree to a plan for production, as the second person",
           frozenset({Place.RESTORE}), rank=3, danger=True, live_only=True,
           about=Subject.WAITING),
    Action("screen.merge_rows", ("m",), "m", "merge rows",
           "merge what it staged beside live tables: first the plan, with counts and the script",
           frozenset({Place.RESTORE}), rank=5, danger=True, live_only=True,
           about=Subject.STAGED),
    Action("screen.undo_restore", ("u",), "u", "undo",
           "undo the restore, after its database's name was typed",
           frozenset({Place.RESTORE}), rank=4, danger=True, live_only=True,
           about=Subject.UNDO),
    Action("screen.detail", ("enter",), "Enter", "statement",
           "the figures and the history of the statement that it runs",
           frozenset({Place.BACKEND}), rank=2, about=Subject.DETAIL),
    Action("screen.detail", ("enter",), "Enter", "open",
           "open the area of the pane that bears the mark", frozenset({Place.OVERVIEW}), rank=2),
    Action("screen.next_pane(1)", ("tab",), "Tab", "next pane", "go to the next pane",
           frozenset({Place.OVERVIEW}), rank=16),
    Action("screen.next_pane(-1)", ("shift+tab",), "Shift+Tab", "pane before",
           "go to the pane before", frozenset({Place.OVERVIEW})),
    Action("screen.pane('down')", ("j", "down"), "j ↓", "pane below", "go to the pane below",
           frozenset({Place.OVERVIEW})),
    Action("screen.pane('up')", ("k", "up"), "k ↑", "pane above", "go to the pane above",
           frozenset({Place.OVERVIEW})),
    Action("screen.pane('right')", ("l", "right"), "l →", "pane at the right",
           "go to the pane at the right", frozenset({Place.OVERVIEW})),
    Action("screen.pane('left')", ("h", "left"), "h ←", "pane at the left",
           "go to the pane at the left", frozenset({Place.OVERVIEW})),
    Action("app.back", ("escape",), "Esc", "back", "go back",
           EVERYWHERE - {Place.OVERVIEW} - WIZARD, rank=10),
    Action("app.back", ("escape",), "Esc", "live", "from the past back to live",
           frozenset({Place.OVERVIEW})),
    Action("screen.move(1)", ("j", "down"), "j ↓", "down", "move down", SCROLLING),
    Action("screen.move(-1)", ("k", "up"), "k ↑", "up", "move up", SCROLLING),
    Action("screen.page(1)", ("pagedown", "ctrl+d"), "PgDn Ctrl+d", "page down", "a page down",
           SCROLLING),
    Action("screen.page(-1)", ("pageup", "ctrl+u"), "PgUp Ctrl+u", "page up", "a page up",
           SCROLLING),
    Action("screen.edge(-1)", ("g", "home"), "g Home", "first", "go to the first line",
           SCROLLING),
    Action("screen.edge(1)", ("G", "end"), "G End", "last", "go to the last line",
           SCROLLING),
    Action("screen.shift_columns(1)", ("l", "right"), "l →", "columns",
           "bring in columns that there is no room for: those at the right", TABLES, rank=17,
           about=Subject.COLUMNS),
    Action("screen.shift_columns(-1)", ("h", "left"), "h ←", "columns back",
           "bring back the columns at the left", TABLES),
    Action("screen.filter", ("slash",), "/", "filter", "show only lines that hold a text",
           TABLES, rank=7, about=Subject.ROWS),
    Action("screen.sort(1)", ("greater_than_sign",), ">", "sort", "sort by the next column",
           TABLES, rank=8, about=Subject.ROWS),
    Action("screen.sort(-1)", ("less_than_sign",), "<", "sort", "sort by the column before",
           TABLES),
    Action("screen.reverse", ("r",), "r", "reverse", "turn the order round", TABLES),
    Action("screen.mark", ("space",), "Space", "mark", "mark a line, so that it stays in sight",
           frozenset({Place.CONNECTIONS, Place.QUERIES, Place.DATABASES}), rank=9,
           about=Subject.ROW),
    Action("screen.mark", ("space",), "Space", "mark", "mark what comes back, or no longer",
           frozenset({Place.WIZARD_PARTS}), rank=4, about=Subject.ROW),
    Action("screen.next_view", ("tab",), "Tab", "view",
           "next view: sessions, lock queues, breakdowns, history",
           frozenset(CONNECTION_VIEWS), rank=3),
    Action("screen.next_view", ("tab",), "Tab", "chart",
           "next chart: transactions, cache hits, connections, size",
           frozenset({Place.DATABASE}), rank=3, about=Subject.CHARTS),
    Action("screen.next_view", ("tab",), "Tab", "view",
           "next view: history, schedules, storage, restores",
           frozenset(BACKUP_VIEWS), rank=3),
    Action("screen.back_up('full')", ("b",), "b", "back up now",
           "take a full backup now, after a preview of exactly what is done",
           BACKUP_PLACES, rank=4, danger=True, live_only=True, about=Subject.SET_UP),
    Action("screen.back_up('incremental')", ("B",), "B", "incremental now",
           "take an incremental backup now: only tables that changed since the last one",
           BACKUP_PLACES, danger=True, live_only=True, about=Subject.SET_UP),
    Action("screen.verify_backup", ("v",), "v", "verify",
           "verify the copies of the chosen backup now: every byte, and that its archive is whole",
           CHOSEN_BACKUP, rank=5, danger=True, live_only=True, about=Subject.BACKUP),
    Action("screen.protect_backup", ("K",), "K", "keep",
           "keep the chosen backup, with a reason, so that no retention deletes it",
           CHOSEN_BACKUP, rank=6, danger=True, live_only=True, about=Subject.BACKUP),
    Action("screen.unprotect_backup", ("U",), "U", "let go",
           "keep the chosen backup no longer: retention decides again",
           CHOSEN_BACKUP, danger=True, live_only=True, about=Subject.BACKUP),
    Action("screen.cancel_job", ("c",), "c", "cancel job",
           "stop the running job: it clears up what it began, earlier backups stay",
           frozenset({Place.BACKUPS, Place.JOB, Place.RESTORES, Place.RESTORE}), rank=5,
           danger=True, live_only=True, about=Subject.JOB),
    Action("screen.pause_schedule", ("z",), "z", "pause/resume",
           "let the chosen schedule fire no more until it is resumed; again: resume it",
           frozenset({Place.SCHEDULES}), rank=5, danger=True, live_only=True,
           about=Subject.ROW),
    Action("screen.run_schedule", ("n",), "n", "run now",
           "run the chosen schedule now, beside its plan",
           frozenset({Place.SCHEDULES}), rank=4, danger=True, live_only=True,
           about=Subject.ROW),
    Action("screen.cancel_query", ("c",), "c", "cancel query",
           "cancel the running query (pg_cancel_backend): the session stays",
           SESSIONS, rank=5, danger=True, live_only=True, about=Subject.QUERY),
    Action("screen.terminate_backend", ("x",), "x", "end session",
           "end the session (pg_terminate_backend): its transaction is rolled back",
           SESSIONS, rank=6, danger=True, live_only=True, about=Subject.SESSION),
    Action("app.restore", ("R",), "R", "restore",
           "bring something back, step by step; nothing is touched before you have agreed",
           EVERYWHERE - BACKUP_PLACES - WIZARD - {Place.RESTORES, Place.RESTORE},
           danger=True, live_only=True),
    Action("app.rewind(-1)", ("left_square_bracket",), "[", "rewind", "one recorded step back",
           rank=11),
    Action("app.rewind(1)", ("right_square_bracket",), "]", "forward", "one recorded step on"),
    Action("app.rewind(-30)", ("left_curly_bracket",), "{", "leap back", "thirty steps back"),
    Action("app.rewind(30)", ("right_curly_bracket",), "}", "leap on", "thirty steps on"),
    Action("app.live", ("0",), "0", "live", "back to live from a rewound or paused screen",
           rank=12),
    Action("app.pause", ("p",), "p", "pause", "hold the screen still; again: go on", rank=13),
    Action("app.servers", ("s", "9"), "s 9", "servers", "all servers with their health",
           EVERYWHERE - {Place.SERVERS}, rank=14),
    Action("app.evidence", ("e",), "e", "evidence",
           "write this screen as redacted Markdown for the ticket, and copy it", rank=15),
    Action("app.copy", ("y",), "y", "copy row",
           "copy the row under the cursor to your clipboard (OSC 52)",
           TABLES - {Place.FINDINGS}, rank=16, about=Subject.ROW),
    Action("app.copy", ("y",), "y", "copy finding",
           "copy the finding under the cursor in full to your clipboard (OSC 52)",
           frozenset({Place.FINDINGS}), rank=16, about=Subject.ROW),
    Action("app.copy", ("y",), "y", "copy query",
           "copy the query's text to your clipboard (OSC 52)",
           frozenset({Place.BACKEND, Place.STATEMENT}), rank=16, about=Subject.TEXT),
    Action("app.copy", ("y",), "y", "copy screen",
           "copy the whole screen as text to your clipboard (OSC 52)",
           EVERYWHERE - TABLES - frozenset(CONNECTION_VIEWS) - {Place.BACKEND, Place.STATEMENT},
           rank=16),
    Action("app.copy", ("y",), "y", "copy session",
           "copy what is told of the session under the cursor to your clipboard (OSC 52)",
           frozenset({Place.LOCK_QUEUES}), rank=16, about=Subject.ROW),
    Action("app.copy", ("y",), "y", "copy breakdowns",
           "copy the breakdowns as text to your clipboard (OSC 52)",
           frozenset({Place.BREAKDOWNS}), rank=16, about=Subject.TEXT),
    Action("app.next_theme", ("t",), "t", "theme", "next colour theme", rank=18),
    Action("app.command_palette", ("colon", "ctrl+p"), ": Ctrl+p", "commands",
           "find any action by its name", rank=17),
    Action("app.help", ("question_mark",), "?", "help", "this help", rank=0),
    Action("app.quit", ("q", "ctrl+c"), "q Ctrl+c", "quit",
           "leave; pgvigil serve watches on, any other watcher ends after the last console",
           rank=1),
    Action("screen.keep_filter", ("enter", "down"), "Enter ↓", "keep",
           "keep the filter, and go to the table", frozenset({Place.FILTER}), rank=0),
    Action("screen.clear_filter", ("escape",), "Esc", "clear", "show every line again",
           frozenset({Place.FILTER}), rank=1),
)  # fmt: skip

WAYS_OUT = frozenset({"app.live", "app.help", "app.back", "app.quit", "screen.step_back"})
"""What leads out, back to live, or to the help: where there is little room it stays."""


def actions_at(place: Place, *, demo: bool = False) -> tuple[Action, ...]:
    """What can be done in a place; in a demonstration there is more."""
    here = (action for action in ACTIONS if place in action.places)
    return tuple(action for action in here if demo or not action.demo_only)


def is_had_at(place: Place, name: str) -> bool:
    """Whether a screen's action can be done in a place; one that no key is bound to always can."""
    places = _PLACES_OF.get(name)
    return places is None or place in places


def _places_by_name() -> dict[str, frozenset[Place]]:
    found: dict[str, frozenset[Place]] = {}
    for action in ACTIONS:
        namespace, _, name = action.name.partition("(")[0].partition(".")
        if namespace == "screen":
            found[name] = found.get(name, frozenset()) | action.places
    return found


_PLACES_OF = _places_by_name()


def footer_actions(place: Place, scene: Scene) -> tuple[Action, ...]:
    """What the footer names in a place, most important first.

    "Back to live" stands there only when the screen is not live, and then first; what acts on the
    server only when it is; what acts on something only where that is there.
    """
    wanted = [
        _in_mode(action, scene.mode)
        for action in actions_at(place, demo=scene.demo)
        if action.rank is not None
        and (action.about is None or action.about in scene.subjects)
        and _is_had_in(action, scene.mode)
    ]
    return tuple(sorted(wanted, key=lambda action: _footer_rank(action, scene.mode)))


def _is_had_in(action: Action, mode: Mode) -> bool:
    """Whether an action does anything while the time goes so."""
    if mode is Mode.LIVE:
        return action.name != "app.live"
    return not action.live_only and not (mode is Mode.REWOUND and action.name == "app.pause")


def _in_mode(action: Action, mode: Mode) -> Action:
    """A paused screen goes on with the key that held it."""
    if mode is Mode.PAUSED and action.name == "app.pause":
        return replace(action, label="resume")
    return action


def _footer_rank(action: Action, mode: Mode) -> int:
    if mode is not Mode.LIVE and action.name == "app.live":
        return -2
    if mode is not Mode.LIVE and action.name in {"app.rewind(-1)", "app.pause"}:
        return -1
    return action.rank or 0


def bindings_of(actions: Iterable[Action]) -> list[tuple[str, str, str]]:
    """Textual's bindings (keys, action, description) for some actions."""
    return [(",".join(action.keys), action.name, action.label) for action in actions]
