"""The restore wizard's state machine: from what happened, one answer after another, to a plan.

Pure: a draft and an answer in, a draft out. Each answer leads to the next question; one goes back
and forth without loss, for an answer is dropped only where it contradicts a new one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from core.api.restore_targets import TargetOption
from core.api.restores import RestoreRequest
from core.errors import RestoreError
from core.model.backup import CatalogEntry, TableName
from core.model.backup_lack import WHOLE_KINDS
from core.model.guided_drill import GuidedDrill
from core.model.recovery import BackupContents, RecoveryPoint
from core.model.restore import ChosenTable, RestorePlan, TargetKind
from core.model.restore_draft import RestoreDraft, Symptom, WizardStep
from core.model.restore_operation import RestoreOperation
from core.restore.drill.guided.changes import require_harmless

STEPS = tuple(WizardStep)
NO_POINT_IN_TIME = (
    "A moment between two backups can't be had yet: a dump holds one moment, and only physical"
    " backups with their log, which come later, go to any."
)
"""Why the wizard offers backups and no clock."""

SYMPTOMS = {
    Symptom.TABLE_DROPPED: "it comes back into the live database; nothing else there is touched",
    Symptom.BAD_DEPLOY: "the database as it was before: beside the live one, or in its place",
    Symptom.SERVER_LOST: "first its roles, then all of it, on a server of the config",
    Symptom.COPY: "for a look, an analysis, a test: a new database beside the live one",
    Symptom.DRILL: "a runbook to tick off against the clock; nothing live is touched",
}
"""What each leads to, in a sentence."""


def begin(draft_id: str, server_id: str, who: str, host: str, at: datetime) -> RestoreDraft:
    """A draft in which nothing was answered yet."""
    return RestoreDraft(draft_id, server_id, who, host, at)


def begun_from(draft: RestoreDraft, entry: CatalogEntry) -> RestoreDraft:
    """It with a backup that a person began from: what happened need not be said."""
    return _from(draft, entry)


def for_drill(draft: RestoreDraft, drill: GuidedDrill) -> RestoreDraft:
    """It as the restore of a guided drill, after what is said to have happened."""
    return replace(happened(draft, drill.symptom), drill_id=drill.drill_id)


def as_planned(draft: RestoreDraft, plan: RestorePlan) -> RestoreDraft:
    """It with all answers of an earlier plan, before its checks: to try the same again."""
    wish = plan.wish
    return replace(
        draft,
        backup_id=plan.backup_id,
        backup_kind=None,
        database=wish.database,
        is_whole=wish.target is not TargetKind.GLOBALS and not wish.tables and not wish.schemas,
        is_globals=wish.target is TargetKind.GLOBALS,
        tables=tuple(each.table for each in wish.tables),
        schemas=wish.schemas,
        rows=wish.rows,
        target=wish.target,
        target_server=wish.target_server,
        target_database=wish.target_database,
        repository=wish.repository,
        owners=wish.owners,
        create_roles=wish.create_roles,
        staged_by=wish.staged_by,
        update=wish.update,
        delete=wish.delete,
        step=WizardStep.TARGET,
    )


def merging_rows(
    draft: RestoreDraft, staged: RestoreOperation, *, update: bool, delete: bool
) -> RestoreDraft:
    """It as the second step of a merge: what an earlier one staged goes into the live tables."""
    return replace(
        draft,
        backup_id=staged.backup_id,
        backup_kind=None,
        database=staged.database,
        is_whole=True,
        is_globals=False,
        target=TargetKind.MERGE,
        target_server=staged.target_server,
        target_database=staged.target_database,
        staged_by=staged.operation_id,
        update=update,
        delete=delete,
        step=WizardStep.CHECKS,
    )


def is_answered(draft: RestoreDraft, step: WizardStep) -> bool:
    """Whether a question has an answer; checks and plan are looked at anew each time."""
    match step:
        case WizardStep.SYMPTOM:
            return draft.symptom is not None or bool(draft.backup_id)
        case WizardStep.MOMENT:
            return bool(draft.backup_id)
        case WizardStep.PARTS:
            return draft.is_whole or draft.is_globals or bool(draft.tables or draft.schemas)
        case WizardStep.TARGET:
            return draft.target is not None and bool(draft.target_database)
        case WizardStep.CHECKS | WizardStep.PLAN:
            return False


def reachable(draft: RestoreDraft) -> tuple[WizardStep, ...]:
    """The questions that can be shown: those that are answered, and the first that is not."""
    found: list[WizardStep] = []
    for step in STEPS:
        found.append(step)
        if not is_answered(draft, step) and step is not WizardStep.CHECKS:
            break
    return tuple(found)


def at_step(draft: RestoreDraft, step: WizardStep) -> RestoreDraft:
    """It at another question.

    Raises:
        RestoreError: one before that is not answered.
    """
    if step not in reachable(draft):
        missing = reachable(draft)[-1]
        raise RestoreError(
            f"The wizard can't show {step.value} yet", why=f"{missing.value} is not answered"
        )
    return replace(draft, step=step)


def before(draft: RestoreDraft) -> RestoreDraft | None:
    """It at the question before; ``None`` at the first."""
    place = STEPS.index(draft.step)
    return replace(draft, step=STEPS[place - 1]) if place else None


def happened(draft: RestoreDraft, symptom: Symptom) -> RestoreDraft:
    """What happened; another symptom asks anew where to."""
    if symptom is not draft.symptom:
        draft = replace(draft, target=None)
    return replace(draft, symptom=symptom, step=WizardStep.MOMENT)


def damaged(draft: RestoreDraft, at: datetime) -> RestoreDraft:
    """When the damage was done: only older moments are free of it."""
    return replace(draft, damaged_at=at)


def from_moment(draft: RestoreDraft, point: RecoveryPoint) -> RestoreDraft:
    """Which moment comes back.

    Raises:
        RestoreError: its backup can't be restored.
    """
    entry = point.entry
    if point.why_not:
        raise RestoreError(f"Backup {entry.backup_id} can't be restored", why=point.why_not)
    if draft.staged_by or entry.database != draft.database:
        draft = replace(draft, staged_by="", tables=(), schemas=(), is_whole=False, target=None)
    if draft.backup_id != entry.backup_id:
        draft = replace(draft, repository="")
    if draft.target is TargetKind.SWAP and entry.kind not in WHOLE_KINDS:
        draft = replace(draft, target=None)
    return _from(draft, entry)


def _from(draft: RestoreDraft, entry: CatalogEntry) -> RestoreDraft:
    return replace(
        draft,
        backup_id=entry.backup_id,
        backup_kind=entry.kind,
        database=entry.database,
        step=WizardStep.PARTS,
    )


def everything(draft: RestoreDraft, *, rows: bool = True) -> RestoreDraft:
    """All of the backup comes back, or all of its definitions."""
    chosen = replace(
        draft, is_whole=True, is_globals=False, tables=(), schemas=(), rows=rows, staged_by=""
    )
    return _to_target(chosen, against=TargetKind.MERGE)


def globals_alone(draft: RestoreDraft, contents: BackupContents) -> RestoreDraft:
    """The roles, memberships and tablespaces come back that a server lacks.

    Raises:
        RestoreError: the backup has none.
    """
    if contents.globals_bytes is None:
        raise RestoreError(
            f"Backup {contents.backup_id} has no roles and tablespaces",
            why="the role that took it may not have been allowed to read them",
            remedy="go back, and choose another backup",
        )
    chosen = replace(
        draft, is_globals=True, is_whole=False, tables=(), schemas=(), rows=True, staged_by=""
    )
    return _to_target(chosen, against=TargetKind.SWAP)


def parts(
    draft: RestoreDraft,
    tables: Iterable[TableName] = (),
    schemas: Iterable[str] = (),
    *,
    rows: bool = True,
) -> RestoreDraft:
    """Only some of it comes back.

    Raises:
        RestoreError: nothing is chosen.
    """
    chosen = replace(
        draft,
        is_whole=False,
        is_globals=False,
        tables=tuple(tables),
        schemas=tuple(schemas),
        rows=rows,
        staged_by="",
    )
    if not chosen.tables and not chosen.schemas:
        raise RestoreError("Nothing is chosen", remedy="mark what shall come back, or everything")
    return _to_target(chosen, against=TargetKind.SWAP)


def _to_target(draft: RestoreDraft, *, against: TargetKind) -> RestoreDraft:
    """It at the next question; a target that what was chosen contradicts is asked anew."""
    for_a_server = draft.target is TargetKind.GLOBALS
    if draft.target is against or for_a_server is not draft.is_globals:
        draft = replace(draft, target=None)
    return replace(draft, step=WizardStep.TARGET)


def to_target(draft: RestoreDraft, option: TargetOption, database: str = "") -> RestoreDraft:
    """Where it comes back; ``database`` is another name for a new database.

    Raises:
        RestoreError: it can't be chosen.
    """
    if option.why_not:
        raise RestoreError(f"Not to {option.title}", why=option.why_not)
    is_new = option.kind is TargetKind.BESIDE
    return replace(
        draft,
        target=option.kind,
        staged_by="",
        target_server=option.server,
        target_database=(database if is_new else "") or option.database,
        step=WizardStep.CHECKS,
    )


def with_roles(draft: RestoreDraft, *, create: bool) -> RestoreDraft:
    """Whether roles that the target lacks are made, or done without."""
    return replace(draft, create_roles=create)


def request_of(draft: RestoreDraft) -> RestoreRequest:
    """The answers as what is to be planned.

    Raises:
        RestoreError: a question is not answered.
    """
    if WizardStep.CHECKS not in reachable(draft) or draft.target is None:
        missing = reachable(draft)[-1]
        raise RestoreError("Not all questions are answered", why=f"{missing.value} is not")
    if draft.drill_id:
        require_harmless(draft.target)
    if draft.staged_by:
        return RestoreRequest(apply=draft.staged_by, update=draft.update, delete=draft.delete)
    if draft.is_globals:
        return RestoreRequest(
            server=draft.server_id,
            database=draft.database,
            backup=draft.backup_id,
            repository=draft.repository,
            to_server=draft.target_server,
            globals_only=True,
        )
    return RestoreRequest(
        server=draft.server_id,
        database=draft.database,
        backup=draft.backup_id,
        repository=draft.repository,
        owners=draft.owners,
        tables=tuple(ChosenTable(each, with_rows=draft.rows) for each in draft.tables),
        schemas=draft.schemas,
        rows=draft.rows,
        create_roles=draft.create_roles,
        to_server="" if draft.target is TargetKind.SCRATCH else draft.target_server,
        name=draft.target_database,
        swap=draft.target is TargetKind.SWAP,
        merge=draft.target is TargetKind.MERGE,
        scratch=draft.target is TargetKind.SCRATCH,
        dependents=draft.target is TargetKind.MERGE,
    )
