"""Hand-made guided drills: under way, over; and who speaks as ``GuidedDesk`` does of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from core.api.guided_deeds import Deed
from core.api.guided_drills import GuidedLook, runbook_named
from core.errors import StoreError
from core.model.drill import Drill, DrillKind, DrillStatus, Objectives
from core.model.guided_drill import Ending, GuidedDrill, SeenDrill
from core.model.restore import TargetKind
from core.model.restore_draft import Symptom
from core.restore.drill.guided import changes
from core.restore.drill.guided.runbooks import steps_for
from tests.tui import restore_frames

NOW, SERVER = restore_frames.NOW, restore_frames.SERVER
ANNA, BOB = "anna@10.0.0.3", "bob@bastion"
BEGAN = NOW - timedelta(minutes=41, seconds=7)


def _after(drill: GuidedDrill, minutes: float) -> GuidedDrill:
    return drill.at(BEGAN + timedelta(minutes=minutes))


def under_way() -> GuidedDrill:
    """Begun by bob, handed over to anna, three steps done; paused once."""
    steps = steps_for(runbook_named("table"), SERVER)
    drill = changes.begun(
        "20260314T132220Z-0a1b2c3d", SERVER, Symptom.TABLE_DROPPED, steps, who=BOB, host="bastion",
        at=BEGAN,
    )  # fmt: skip
    drill = changes.ticked(_after(drill, 1.5), "time", BOB)
    drill = changes.noted(drill, "13:02 UTC, the support desk called", BOB)
    drill = changes.ticked(_after(drill, 2), "leave", BOB)
    drill = changes.resumed(_after(changes.paused(_after(drill, 5), BOB), 12.2))
    drill = changes.handed_over(_after(drill, 13), ANNA, BOB)
    drill = changes.ticked(_after(drill, 17.4), "see", ANNA)
    drill = changes.noted(drill, "last night's backup; four hours would be lost", ANNA)
    return replace(drill, revision=9)


OPERATION = replace(
    restore_frames.PROVEN,
    what="public.order_items",
    target=TargetKind.SCRATCH,
    target_server="scratch server",
    target_database="orders",
)
RECORD = Drill(
    drill_id=under_way().drill_id,
    kind=DrillKind.GUIDED,
    server_id=SERVER,
    who=BOB,
    host="bastion",
    status=DrillStatus.RUNNING,
    started_at=BEGAN,
    objectives=Objectives(3600.0, 86_400.0),
)


def look() -> GuidedLook:
    """It as it stands, 41 minutes after its beginning."""
    return GuidedLook(under_way(), 2467.0, RECORD)


def over() -> GuidedLook:
    """It with its verdict, which came too late."""
    drill = changes.linked(under_way(), OPERATION)
    for minutes, name in ((38, "restore"), (52, "look"), (66, "tell")):
        drill = changes.ticked(_after(drill, minutes), name, ANNA)
    drill = changes.ended(_after(drill, 66.3), Ending.VERDICT, ANNA)
    record = replace(
        RECORD,
        status=DrillStatus.MISSED,
        rto_seconds=drill.seconds,
        rpo_seconds=43_000.0,
        finished_at=drill.noted_at,
    )
    return GuidedLook(drill, drill.seconds, record, OPERATION)


class Guided:
    """Speaks as ``GuidedDesk`` does, of one drill; ``trouble`` is why it can't be looked at."""

    def __init__(self, shown: GuidedLook | None = None) -> None:
        self.who = ANNA
        self.shown = shown or look()
        self.trouble: StoreError | None = None

    async def under_way(self, server_id: str) -> tuple[SeenDrill, ...]:
        return (SeenDrill(self.shown.drill, NOW),)

    def is_abandoned(self, seen: SeenDrill) -> bool:
        return False

    async def begin(self, server_id: str, symptom: Symptom) -> str:
        return self.shown.drill.drill_id

    async def look(self, drill_id: str) -> GuidedLook | None:
        if self.trouble is not None:
            raise self.trouble
        return self.shown

    def clock(self, drill_id: str) -> float:
        return self.shown.seconds

    async def change(self, drill: GuidedDrill, deed: Deed) -> GuidedDrill:
        if self.trouble is not None:
            raise self.trouble
        made = replace(deed(self.shown.drill, self.who), revision=self.shown.drill.revision + 1)
        self.shown = replace(self.shown, drill=made)
        return made
