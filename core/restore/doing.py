"""A restore that is being done, and what came of it: the same for every kind of target."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from core.backup.progress import JobReporter
from core.config.settings import Settings
from core.model.restore import RestoreWish
from core.model.restore_operation import Aside, KeptServer, Verdict
from core.restore.survey import Surveyed
from core.store.store import Store


@dataclass(frozen=True, slots=True)
class Doing:
    """What a way of restoring works with.

    ``wish`` names the backup and the copy that were agreed to. ``staging`` is an empty private
    folder; whoever made it takes it away, also when the process dies.
    """

    wish: RestoreWish
    plan_id: str
    operation_id: str
    found: Surveyed
    staging: Path
    store: Store
    settings: Settings
    reporter: JobReporter


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a restore.

    ``what`` says it in a sentence, ``undo`` how it is undone. ``target_oid`` is the number of the
    database that was made; ``aside`` is the one that was live before, until it is dropped.
    ``kept`` is a scratch server that stays up. ``unchecked`` is what was to be looked at and was
    not, with why. ``writes`` is what the server counted as written in a new database, which an
    undo drops as long as nothing comes to it. ``proves_the_backup`` where all of the backup was
    restored and is equal.
    """

    what: str
    verdict: Verdict
    differences: tuple[str, ...] = ()
    undo: str | None = None
    target_oid: int | None = None
    proves_the_backup: bool = False
    aside: Aside | None = None
    kept: KeptServer | None = None
    unchecked: tuple[str, ...] = ()
    writes: int | None = None
