"""A restore that is still being put together: what was answered so far, and by whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.model.backup import BackupKind, TableName
from core.model.restore import MISSING_GLOBALS, TargetKind


class Symptom(StrEnum):
    """What happened, in the words of a person who has to mend it."""

    TABLE_DROPPED = "a table was dropped"
    BAD_DEPLOY = "a deploy or a query changed data"
    SERVER_LOST = "the server or its data is lost"
    COPY = "a copy is wanted"
    DRILL = "a drill"


class WizardStep(StrEnum):
    """What is asked, in its order."""

    SYMPTOM = "what happened"
    MOMENT = "which moment"
    PARTS = "what"
    TARGET = "where to"
    CHECKS = "checks"
    PLAN = "plan"


@dataclass(frozen=True, slots=True)
class RestoreDraft:
    """The answers so far; what is empty was not answered yet.

    ``who`` on ``host`` has it in hand. ``revision`` counts how often it was written down: who comes
    with an older one is told that another person went on. ``damaged_at`` is when the damage was
    done, where a person said so. ``backup_kind`` is that of the backup, ``None`` where it is not
    known yet. ``is_whole`` where everything is wanted; without ``rows`` definitions are.
    ``is_globals`` where the server's roles and tablespaces are wanted, and nothing of a database.
    With ``create_roles`` those that the target lacks are made. ``repository`` and ``owners`` are
    those of the plan that is tried again.

    ``staged_by`` is the merge whose staged rows are to be merged: those that are missing, with
    ``update`` also those that are different, with ``delete`` those away that the backup lacks.

    It is made in the guided drill ``drill_id``, where there is one: then nothing live is touched.
    """

    draft_id: str
    server_id: str
    who: str
    host: str
    updated_at: datetime
    step: WizardStep = WizardStep.SYMPTOM
    revision: int = 0
    symptom: Symptom | None = None
    damaged_at: datetime | None = None
    backup_id: str = ""
    backup_kind: BackupKind | None = None
    database: str = ""
    repository: str = ""
    owners: bool = True
    is_whole: bool = False
    is_globals: bool = False
    tables: tuple[TableName, ...] = ()
    schemas: tuple[str, ...] = ()
    rows: bool = True
    target: TargetKind | None = None
    target_server: str = ""
    target_database: str = ""
    create_roles: bool = False
    staged_by: str = ""
    update: bool = False
    delete: bool = False
    drill_id: str = ""

    @property
    def what(self) -> str:
        """What of the backup is wanted, in words; empty where that was not answered."""
        if self.staged_by:
            return f"the rows that {self.staged_by} staged"
        if self.is_globals:
            return MISSING_GLOBALS
        named = [*(f"schema {each}" for each in self.schemas)]
        named += [f"{each.schema}.{each.name}" for each in self.tables]
        told = ", ".join(named) or ("everything" if self.is_whole else "")
        return told if self.rows or not told else f"{told}, definitions without rows"
