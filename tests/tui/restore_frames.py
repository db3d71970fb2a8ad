"""Hand-made restores: done, under way, failed; a draft, a timeline, a plan with its checks."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from core.api.restore_desk import PlannedUndo
from core.api.restore_detail import RestoreDetail
from core.api.restore_wizard import begin
from core.model.backup import TableName
from core.model.job import Job, JobKind, JobLog, JobNote, JobOrder, JobState, Progress
from core.model.recovery import (
    BackupContents,
    RecoveryGap,
    RecoveryPoint,
    RecoveryTimeline,
    TableToRestore,
)
from core.model.restore import (
    Check,
    CheckState,
    ChosenTable,
    PassedOver,
    RestorePlan,
    RestoreWish,
    Step,
    TargetKind,
)
from core.model.restore_draft import RestoreDraft, Symptom, WizardStep
from core.model.restore_operation import RestoreOperation, RestoreStatus, Verdict
from core.model.snapshot import Frame
from tests.tui import backup_frames, frames

NOW, SERVER = frames.NOW, frames.ENTRY.server_id
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
ITEMS, REFUNDS = TableName("public", "order_items"), TableName("billing", "Refunds 2026")
NIGHT, NIGHT_BEFORE = backup_frames.FULLS[0], backup_frames.FULLS[1]


def operation(number: int, **changes: object) -> RestoreOperation:
    """A restore of last night's backup beside the live database that was proven."""
    began = NOW - number * DAY - 3 * HOUR
    made = RestoreOperation(
        operation_id=f"{began:%Y%m%dT%H%M%S}Z-0000000{number}",
        server_id=SERVER,
        database="orders",
        backup_id=NIGHT.backup_id,
        repository="local",
        what="everything",
        target=TargetKind.BESIDE,
        target_server=SERVER,
        target_database=f"orders_restored_{began:%Y%m%d_%H%M}",
        who="anna@10.0.0.3",
        status=RestoreStatus.COMPLETED,
        created_at=began,
        completed_at=began + 11 * MINUTE,
        verdict=Verdict.PROVEN,
        undo="drop the new database; nothing else is changed",
    )
    return replace(made, **changes)  # type: ignore[arg-type]


RUNNING = operation(
    0, created_at=NOW - 4 * MINUTE, completed_at=None, verdict=None, status=RestoreStatus.RUNNING,
    who="bob@bastion",
)  # fmt: skip
MERGED = operation(
    1, what="public.order_items", target=TargetKind.MERGE, target_database="orders",
    verdict=Verdict.DIFFERENCES,
    differences=(
        "3 rows violate order_items_order_id_fkey: see them with SELECT … WHERE order_id NOT IN …",
        "grant SELECT to reporting can't be made: there is no such role",
    ),
    undo="drop public.order_items again, as long as the rows are as they came back",
)  # fmt: skip
PROVEN = operation(6)
FAILED = operation(
    9, status=RestoreStatus.FAILED, verdict=None, undo="", target=TargetKind.SWAP,
    target_database="orders", problem="The disk of the server is full: could not extend file",
    remedy="free space on the server's disk, then R restores again",
)  # fmt: skip
DRAFT = replace(
    begin("draft-1", SERVER, "carol@10.0.0.9", "bastion", NOW - 2 * MINUTE),
    symptom=Symptom.TABLE_DROPPED, backup_id=NIGHT.backup_id, database="orders",
    tables=(ITEMS,), step=WizardStep.TARGET, revision=4,
)  # fmt: skip

JOB = Job(
    job_id=RUNNING.operation_id,
    order=JobOrder(JobKind.RESTORE, SERVER, "bob@bastion"),
    state=JobState.RUNNING,
    progress=Progress("rows", 5_100_000_000, 8_400_000_000, 24_000_000.0, 137.0),
    host="bastion",
    pid=4711,
    created_at=RUNNING.created_at,
    started_at=RUNNING.created_at,
    heartbeat_at=NOW,
)
NOTES = (JobNote(RUNNING.created_at + 1 * MINUTE, "8.40 GB fetched and authenticated"),)


def with_restores(frame: Frame) -> Frame:
    """A frame with drafts and restores, one of them under way."""
    overview = frame.backups
    assert overview is not None
    return replace(
        frame,
        backups=replace(
            overview,
            jobs=(JOB,),
            restores=(RUNNING, MERGED, PROVEN, FAILED),
            drafts=(DRAFT,),
            last_proven=PROVEN,
        ),
    )


def restored() -> Frame:
    """The calm day of the backups, with restores."""
    return with_restores(backup_frames.calm())


def point(days: int, **changes: object) -> RecoveryPoint:
    """A night's backup as a moment."""
    entry = backup_frames.FULLS[days]
    return replace(RecoveryPoint(entry, entry.moment, gone=()), **changes)  # type: ignore[arg-type]


TIMELINE = RecoveryTimeline(
    points=(
        point(0),
        point(1, gone=(ITEMS,)),
        point(2, why_not="local: the copy is damaged: a byte; offsite: the copy is missing"),
        point(3, gone=(ITEMS, REFUNDS)),
    ),
    gaps=(
        RecoveryGap("orders", NIGHT.moment, None, "what changed since is in no backup yet"),
        RecoveryGap("orders", backup_frames.FULLS[3].moment, NIGHT_BEFORE.moment,
                    "a backup can't be used: local: the copy is damaged: a byte"),
        RecoveryGap("orders", None, backup_frames.FULLS[3].moment, "no older backup is kept"),
    ),
)  # fmt: skip
CONTENTS = BackupContents(
    NIGHT_BEFORE.backup_id,
    (
        TableToRestore(REFUNDS, 1_204, 88_000, False),
        TableToRestore(TableName("public", "customers"), 1_902_331, 310_000_000, False),
        TableToRestore(ITEMS, 61_200_417, 2_950_000_000, True),
        TableToRestore(TableName("public", "orders"), 20_050_112, 1_400_000_000, False),
        TableToRestore(TableName("public", "sessions"), None, 12_000, False),
    ),
    8_400_000_000,
    globals_bytes=3_400,
)
CHECKS = (
    Check("primary", CheckState.OK, "the server takes writes"),
    Check("name", CheckState.OK, "database orders is there"),
    Check("room on the server", CheckState.UNKNOWN, "how much is free can't be asked by SQL",
          "look at the server's host (df), or at its provider's console"),
    Check("owners", CheckState.WARNING, "role shop_owner is not there: 3 objects would be yours",
          "CREATE ROLE shop_owner NOLOGIN, then look again"),
)  # fmt: skip
STOPPED = (
    *CHECKS,
    Check("extensions", CheckState.STOP, "extension vector 0.8.1 is not available on the server",
          "install its package on the server's host, then look again"),
)  # fmt: skip


def plan(checks: tuple[Check, ...] = CHECKS, at: datetime = NOW) -> RestorePlan:
    """Bringing a dropped table back into the live database."""
    return RestorePlan(
        plan_id="p1",
        made_at=at,
        wish=RestoreWish(
            server_id=SERVER, database="orders", target=TargetKind.MERGE, target_server=SERVER,
            target_database="orders", tables=(ChosenTable(ITEMS),),
        ),
        backup_id=NIGHT_BEFORE.backup_id,
        repository="local",
        snapshot_at=NIGHT_BEFORE.snapshot_at,
        why="it was chosen; verified with its structure",
        passed_over=(PassedOver(NIGHT.backup_id, "", "it has no table public.order_items"),),
        checks=checks,
        steps=(
            Step("fetch", "Fetch 2,950,000,000 bytes, of the chosen tables alone", seconds=110.0),
            Step("definitions", "In one transaction, which nobody sees before it ends: make table"
                 " public.order_items", ("BEGIN; pg_restore --file=- --use-list=… archive",)),
            Step("rows", "Load the rows", seconds=240.0),
            Step("validate", "Compare the rows with the backup's fingerprint", ("COMMIT",), 30.0),
        ),
        fetch_bytes=2_950_300_000,
        staged_bytes=2_940_000_000,
        destroyed=(),
        undo="drop table public.order_items again, as long as the rows are as they came back",
        world={},
    )  # fmt: skip


def detail(of: RestoreOperation) -> RestoreDetail:
    """A restore with its job and its plan."""
    over = of.status.is_over
    job = replace(
        JOB,
        job_id=of.operation_id,
        state=JobState.DONE if over else JobState.RUNNING,
        finished_at=of.completed_at,
        created_at=of.created_at,
        started_at=of.created_at,
        progress=Progress("validate") if over else JOB.progress,
        result="orders is back, with 2 differences" if of.differences else "",
    )
    return RestoreDetail(of, JobLog(job, NOTES), plan())


UNDO = PlannedUndo("drop public.order_items again", "orders", 3, ("DROP TABLE public.order_items",))


class Restores:
    """Speaks as ``RestoreDesk`` does, of hand-made restores; keeps what it was asked to do."""

    def __init__(self, live: Frame, checks: tuple[Check, ...] = CHECKS) -> None:
        self._live = live
        self._checks = checks
        self.servers = (SERVER, "spare")
        self.done: list[tuple[str, ...]] = []
        self.saved: list[RestoreDraft] = []

    async def begin(self, server_id: str) -> RestoreDraft:
        return begin("draft-2", server_id, "anna@10.0.0.3", "bastion", NOW)

    async def drafts(self, server_id: str) -> tuple[RestoreDraft, ...]:
        overview = self._live.backups
        return overview.drafts if overview is not None else ()

    async def save(self, draft: RestoreDraft) -> RestoreDraft:
        saved = replace(draft, revision=draft.revision + 1)
        self.saved.append(saved)
        return saved

    async def take_over(self, draft: RestoreDraft) -> RestoreDraft:
        self.done.append(("take over", draft.draft_id))
        return replace(draft, who="anna@10.0.0.3", revision=draft.revision + 1)

    async def discard(self, draft: RestoreDraft) -> None:
        self.done.append(("discard", draft.draft_id))

    async def timeline(self, server_id: str) -> RecoveryTimeline:
        return TIMELINE

    async def contents(self, server_id: str, backup_id: str) -> BackupContents:
        return replace(CONTENTS, backup_id=backup_id)

    async def plan(self, draft: RestoreDraft) -> RestorePlan:
        return plan(self._checks)

    async def start(self, draft: RestoreDraft, agreed: RestorePlan) -> str:
        self.done.append(("start", agreed.plan_id))
        return RUNNING.operation_id

    async def detail(self, operation_id: str) -> RestoreDetail | None:
        known = (RUNNING, MERGED, PROVEN, FAILED)
        found = next((each for each in known if each.operation_id == operation_id), None)
        return None if found is None else detail(found)

    async def plan_undo(self, of: RestoreOperation) -> PlannedUndo:
        return UNDO

    async def undo(self, of: RestoreOperation) -> str:
        self.done.append(("undo", of.operation_id))
        return "public.order_items is dropped again"
