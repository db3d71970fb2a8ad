"""Guided drills for the command line and the screens: begun, looked at, changed, ended."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from core.api.guided_deeds import Deed
from core.api.opening import opened
from core.api.who import me
from core.config.settings import Settings
from core.errors import PgvigilError, RestoreError
from core.model.drill import Drill
from core.model.guided_drill import Ending, GuidedDrill, SeenDrill
from core.model.job import Job
from core.model.restore import TargetKind
from core.model.restore_draft import Symptom
from core.model.restore_operation import RestoreOperation, RestoreStatus
from core.restore.drill.guided import changes
from core.restore.drill.guided.runbooks import (
    RUNBOOKS,
    Runbook,
    runbook_named,
    runbook_of,
    steps_for,
)
from core.store.store import Store

__all__ = [
    "RUNBOOKS",
    "GuidedDrills",
    "GuidedLook",
    "Runbook",
    "open_guided_drills",
    "runbook_named",
    "runbook_of",
    "why_no_verdict",
]

_HOUR = 3600.0
_GONE = "The scratch server is taken away."
_LOOKED_THROUGH = 50
_SETTLED_BY_OTHERS_SECONDS = 10.0
"""Who ended a drill writes its record; where that takes longer, whoever looks does it."""


@dataclass(frozen=True, slots=True)
class GuidedLook:
    """A guided drill as it stands, with its clock in ``seconds``.

    ``restore`` is the last one that was made in it, ``job`` its job; ``found`` one that was made
    since it began and is no part of it yet. ``record`` is what the history has. It
    ``is_abandoned`` where nobody has touched it for long.
    """

    drill: GuidedDrill
    seconds: float
    record: Drill
    restore: RestoreOperation | None = None
    job: Job | None = None
    found: RestoreOperation | None = None
    is_abandoned: bool = False


def why_no_verdict(drill: GuidedDrill, restore: RestoreOperation | None) -> RestoreError | None:
    """Why no verdict can be given yet; ``None`` where one can."""
    from core.restore.drill.guided.ending import require_ready

    try:
        require_ready(drill, restore)
    except RestoreError as error:
        return error
    return None


class GuidedDrills:
    """The guided drills that one store knows; ``who`` is written into what is done."""

    def __init__(self, settings: Settings, store: Store, state_folder: Path, who: str) -> None:
        self._settings = settings
        self._store = store
        self._folder = state_folder
        self._who = who

    def begin(self, server_id: str, symptom: Symptom) -> GuidedDrill:
        """Begin a drill by the runbook of what is said to have happened; its clock runs.

        Raises:
            StoreError: the store can't be written to.
        """
        from core.restore.drill.guided.ending import begun_record
        from core.schedule.jobs import new_job_id
        from core.store.local import host_name

        now = datetime.now(UTC)
        made = self._store.guided_drills.begin(
            changes.begun(
                new_job_id(now),
                server_id,
                symptom,
                steps_for(runbook_of(symptom), server_id),
                who=self._who,
                host=host_name(),
                at=now,
            )
        )
        self._store.drills.save(begun_record(made, self._settings))
        told = {"drill": made.drill_id, "runbook": symptom.value}
        self._store.audit.append(self._who, "begin a guided drill", f"server {server_id}", told)
        return made

    def go_on(self, server_id: str, symptom: Symptom) -> GuidedDrill:
        """The drill of that runbook that is under way; begun where there is none.

        Raises:
            StoreError: the store can't be written to.
        """
        found = (each.drill for each in self.under_way([server_id]))
        same = (each for each in found if each.symptom is symptom)
        return next(same, None) or self.begin(server_id, symptom)

    def under_way(self, servers: Sequence[str] = ()) -> tuple[SeenDrill, ...]:
        """Those that are not over, newest first.

        Raises:
            StoreError: the store can't be read.
        """
        return self._store.guided_drills.under_way(servers)

    def is_abandoned(self, seen: SeenDrill) -> bool:
        """Whether nobody has touched it for as long as the config says."""
        most = self._settings.drill.abandoned_hours * _HOUR
        return not seen.drill.is_over and seen.silent_seconds > most

    def look(self, drill_id: str) -> GuidedLook | None:
        """A drill as it stands; ``None`` where none has that id.

        Raises:
            StoreError: the store failed.
        """
        seen = self._store.guided_drills.get(drill_id)
        if seen is None:
            return None
        drill = seen.drill
        operation = self._restore_of(drill)
        return GuidedLook(
            drill=drill,
            seconds=seen.seconds,
            record=self._record(seen),
            restore=operation,
            job=self._store.jobs.get(operation.operation_id) if operation is not None else None,
            found=None if drill.is_over else self._made_since(drill),
            is_abandoned=self.is_abandoned(seen),
        )

    def change(self, drill_id: str, deed: Deed, *, measured: float = 0.0) -> GuidedDrill:
        """Do something in a drill; a hand-over is told in the audit log.

        Raises:
            RestoreError: it can't be done: says who did what before.
            StoreError: the store can't be written to.
        """
        made = self._store.guided_drills.change(
            drill_id, lambda drill: deed(drill, self._who), measured=measured
        )
        last = made.handovers[-1] if made.handovers else None
        if last is not None and (last.who, last.at) == (self._who, made.noted_at):
            told = {"drill": drill_id, "from": last.before, "to": last.after}
            target = f"server {made.server_id}"
            self._store.audit.append(self._who, "hand over a guided drill", target, told)
        return made

    def end(self, drill_id: str, *, measured: float = 0.0) -> str:
        """Give the verdict on what was restored, and stop the clock; gives what to tell.

        The record is sealed, and the scratch servers of its restores are taken away.

        Raises:
            RestoreError: nothing was restored yet, or too little, steps are open, or it is over.
            StoreError: the store failed.
        """
        from core.restore.drill.guided.ending import require_ready

        def ended(drill: GuidedDrill, who: str) -> GuidedDrill:
            require_ready(drill, self._restore_of(drill))
            return changes.ended(drill, Ending.VERDICT, who)

        made = self.change(drill_id, ended, measured=measured)
        record = self._settled(made)
        return f"The drill is over: {record.status.value}. {self._taken_away(made)}".strip()

    def close(self, drill_id: str, why: str, *, measured: float = 0.0) -> str:
        """Close a drill without a verdict; gives what to tell of it.

        Raises:
            RestoreError: it is over.
            StoreError: the store failed.
        """
        made = self.change(
            drill_id,
            lambda drill, who: changes.ended(drill, Ending.CLOSED, who, why),
            measured=measured,
        )
        self._settled(made)
        return f"The drill is closed; it proves nothing. {self._taken_away(made)}".strip()

    def _record(self, seen: SeenDrill) -> Drill:
        from core.restore.drill.guided.ending import begun_record

        drill = seen.drill
        record = self._store.drills.get(drill.drill_id) or begun_record(drill, self._settings)
        is_late = seen.silent_seconds > _SETTLED_BY_OTHERS_SECONDS
        if drill.is_over and not record.status.is_over and is_late:
            return self._settled(drill)
        return record

    def _settled(self, drill: GuidedDrill) -> Drill:
        from core.restore.drill.guided.ending import settle

        return settle(drill, self._store, self._settings)

    def _restore_of(self, drill: GuidedDrill) -> RestoreOperation | None:
        operations = self._store.restore_operations
        return operations.get(drill.restores[-1]) if drill.restores else None

    def _made_since(self, drill: GuidedDrill) -> RestoreOperation | None:
        """The newest restore that could belong to it: made by hand, from the command line."""
        listed = self._store.restore_operations.newest(_LOOKED_THROUGH, [drill.server_id])
        drills = {each.drill_id for each in self._store.drills.newest(_LOOKED_THROUGH)}
        return next(
            (
                each
                for each in listed
                if each.target in changes.HARMLESS
                and each.created_at >= drill.started_at
                and each.status is not RestoreStatus.WAITING
                and each.operation_id not in {*drill.restores, *drills}
            ),
            None,
        )

    def _taken_away(self, drill: GuidedDrill) -> str:
        """Take away the scratch servers that the drill made; what is left is told."""
        made = map(self._store.restore_operations.get, drill.restores)
        told = [self._left_of(each) for each in made if each is not None]
        if (gone := told.count(_GONE)) > 1:
            told = [each for each in told if each != _GONE]
            told.append(f"{gone} scratch servers are taken away.")
        return " ".join(filter(None, told))

    def _left_of(self, operation: RestoreOperation) -> str:
        undo = f"pgvigil restore undo {operation.operation_id}"
        if not operation.status.is_over:
            return f"Its restore goes on; once it is over: {undo}."
        if operation.status is not RestoreStatus.COMPLETED:
            return ""
        if operation.target is not TargetKind.SCRATCH:
            on = f"{operation.target_database} on {operation.target_server}"
            return f"Database {on} is still there: {undo}."
        from core.api.restores import Restores

        try:
            Restores(self._settings, self._store, self._folder).undo(operation)
        except PgvigilError as error:
            return f"The scratch server is still there ({error.what}): {undo}."
        return _GONE


@contextmanager
def open_guided_drills(
    config: Path | None, state_folder: Path | None, *, settings: Settings | None = None
) -> Iterator[tuple[GuidedDrills, tuple[str, ...]]]:
    """The guided drills of a config's store, and the names of its servers.

    Raises:
        ConfigError: the config can't be used.
        StoreError: the store can't be used.
    """
    with opened(config, state_folder, settings=settings) as its:
        made = GuidedDrills(its.settings, its.store, its.folder, me())
        yield made, tuple(its.settings.servers)
