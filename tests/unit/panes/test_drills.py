"""What the console says of drills: what is due, the last proofs, one in full, what is wrong."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.model.drill import DrillKind, DrillStatus
from core.model.drill_calendar import Cadence
from core.model.drill_detail import DrillDetail
from core.model.protection import BackupOverview, SetUpStep
from core.model.snapshot import Frame
from core.restore.drill.calendar import calendar_of
from tests.tui import backup_frames
from tests.tui import drill_frames as drills
from tests.unit.panes.shown import assert_fits, role_of_text, text_of, view_of
from tui.lines import Role
from tui.panes.backups import backups_lines
from tui.panes.drill import drill_lines
from tui.panes.drills import NONE_PLANNED, NOT_SET_UP, Room, above_drills, in_place_of_drills
from tui.panes.drills_table import DRILL_COLUMNS, drill_rows
from tui.panes.view import Mode

pytestmark = pytest.mark.usefixtures("utc")

WIDTH = 120


def backups_of(frame: Frame) -> BackupOverview:
    assert frame.backups is not None
    return frame.backups


def above(frame: Frame, mode: Mode = Mode.LIVE, room: Room = Room.ENOUGH) -> str:
    lines = above_drills(view_of(frame, mode), backups_of(frame), WIDTH, room)
    assert_fits(lines, WIDTH, 40)
    return text_of(lines)


def line_of(text: str, word: str) -> str:
    return next(line for line in text.split("\n") if line.startswith(word))


def test_the_calendar_says_what_was_done_and_what_does_it_next() -> None:
    text = above(drills.well())
    assert line_of(text, "restore") == (
        "restore   week     ••••••••••••·  due by tomorrow  next 2026-03-15 06:00:00"
    )
    assert "done 2026-03-08  S does one now" in line_of(text, "sabotage")
    assert 'no schedule: [[schedules]] kind = "sabotage"' in text


def test_what_is_late_is_said_with_the_key_that_does_it() -> None:
    text = above(drills.trouble())
    assert "••••••---▲--✖  ▲ overdue since 2026-03-02  ✖ the last one failed" in text
    assert "d does one now" in text
    assert "•-·  ▲ overdue since 2026-03-01  ✖ the last one failed  S does one now" in text


def test_of_several_databases_it_is_said_which_ones_last_drill_failed() -> None:
    well = drills.drill(drills.NOW - drills.DAY, database="billing")
    frame = drills.with_drills(drills.known((well, drills.FAILED)))
    assert "✖ the last one of orders failed" in line_of(above(frame), "restore")
    assert "✖ restore drill of orders: failed" in pane(frame)


def test_a_schedule_that_is_paused_or_late_is_named() -> None:
    frame = drills.well()
    overview = backups_of(frame)
    *others, drill = overview.schedules
    for changed, told in (
        ({"is_paused": True}, "schedule drill paused"),
        ({"due_at": drills.NOW - drills.HOUR, "is_late": True}, "schedule drill ▲ late since"),
    ):
        schedules = (*others, replace(drill, **changed))
        late = replace(frame, backups=replace(overview, schedules=schedules))
        assert told in line_of(above(late), "restore")


def test_what_is_under_way_is_not_asked_for() -> None:
    text = above(drills.under_way())
    assert "due by tomorrow  ▸ under way" in line_of(text, "restore")
    assert "61 %" in text
    assert "2 min 17 s left" in text


def test_in_the_past_nothing_is_planned_and_no_key_offered() -> None:
    text = above(drills.trouble(), Mode.REWOUND)
    assert "does one now" not in text
    assert "next" not in text


def test_what_people_do_needs_no_schedule() -> None:
    known = backups_of(drills.well()).drills
    assert known is not None
    guided = calendar_of((), {"guided": Cadence.QUARTER}, None, drills.NOW.date())
    frame = drills.with_drills(replace(known, calendar=guided))
    text = above(frame)
    assert "due by 2026-03-31" in line_of(text, "guided")
    assert "no schedule" not in text


def test_the_last_proof_names_its_backup_its_copy_and_both_times() -> None:
    text = above(drills.well())
    assert line_of(text, "orders") == (
        "orders    • proven  6 d ago  RTO 15 min 40 s  of 30 min 00 s  RPO 4 h 00 min  of 1 d 00 h"
    )
    assert f"{drills.PICKED.backup_id} in local" in text


def test_an_old_proof_and_a_missed_objective_are_marked() -> None:
    frame = drills.trouble()
    lines = above_drills(view_of(frame), backups_of(frame), WIDTH, Room.ENOUGH)
    assert "▲ missed RTO, RPO  22 d ago ▲  RTO 32 min 55 s ▲" in text_of(lines)
    assert role_of_text(lines, "22 d ago") is Role.WARNING


def test_of_many_databases_the_oldest_proofs_are_told() -> None:
    many = [drills.drill(drills.NOW - n * drills.DAY, database=f"db{n}") for n in range(1, 6)]
    text = above(drills.with_drills(drills.known(many)))
    assert [name for name in ("db5", "db4", "db3", "db2", "db1") if name in text] == [
        "db5", "db4", "db3",
    ]  # fmt: skip
    assert "… 2 more" in text


def test_before_the_first_drill_it_says_how_one_is_done() -> None:
    assert "no drill has proven a restore yet: d does one" in above(drills.none_done())
    assert in_place_of_drills(backups_of(drills.none_done())) is None


def test_where_none_happens_by_itself_it_says_what_does() -> None:
    assert in_place_of_drills(backups_of(drills.none_planned())) is NONE_PLANNED
    empty = replace(BackupOverview(), missing=frozenset(SetUpStep))
    assert in_place_of_drills(empty) is NOT_SET_UP


def test_little_room_keeps_a_line_for_each() -> None:
    lines = above(drills.trouble(), room=Room.LITTLE).split("\n")
    assert [line.split()[0] for line in lines] == ["restore", "sabotage", "orders"]
    assert "• done  ▲ objective missed" in above(drills.trouble(), room=Room.MUCH)


def rows(frame: Frame) -> dict[str, list[str]]:
    known = backups_of(frame).drills
    assert known is not None
    keys = [column.key for column in DRILL_COLUMNS]
    found = [[cell.text for cell in row.cells] for row in drill_rows(view_of(frame), known)]
    return {key: [row[place] for row in found] for place, key in enumerate(keys)}


def test_the_table_tells_what_came_of_each() -> None:
    table = rows(drills.trouble())
    assert table["outcome"][:4] == [
        "✖ failed", "▲ interrupted", "▲ missed RTO, RPO", "✖ 1 not seen",
    ]  # fmt: skip
    assert table["rto"][:3] == ["", "", "32 min 55 s ▲"]
    assert table["rpo"][:3] == ["4 h 00 min", "4 h 00 min", "1 d 03 h ▲"]
    assert table["note"][:4] == [
        "artifacts/0042.sealed: chunk 17 is not what was sealed",
        "its process died",
        "",
        "not seen: byte flipped",
    ]
    assert table["who"][1:3] == ["bob@bastion", "schedule drill"]


def told(detail: DrillDetail, width: int = 100) -> str:
    lines = drill_lines(view_of(drills.well()), detail, width)
    assert_fits(lines, width, 200)
    return text_of(lines)


def test_a_drill_in_full_has_its_phases_checks_and_the_reports_place() -> None:
    text = told(DrillDetail(drills.drill(drills.SUNDAY), None, "", ("/srv/drill.html",)))
    assert "15 min 40 s  of 30 min 00 s" in text
    assert " ".join(line_of(text, "indexes").split()[:6]) == "indexes and constraints 3 min 30"
    assert "▲ roles: role reporting is not there" in text
    assert "41 tables, 81,250,529 rows with the backup's fingerprint: no differences" in text
    assert "sealed by entry 1042 of the audit log" in text
    assert "written  /srv/drill.html" in text


def test_a_report_that_is_not_written_says_what_writes_it() -> None:
    text = told(DrillDetail(drills.drill(drills.SUNDAY), None, ""))
    assert "w writes it, as HTML and as Markdown" in text
    assert "pgvigil drill report" in text


def test_a_changed_record_is_not_to_be_trusted() -> None:
    text = told(DrillDetail(drills.drill(drills.SUNDAY), None, "its record was changed since"))
    assert "✖ not to be trusted: its record was changed since" in text


def test_sabotage_tells_what_was_not_seen() -> None:
    text = told(DrillDetail(drills.BLIND, None, ""))
    assert "• seen  key removed" in text
    assert "✖ NOT SEEN  byte flipped" in text
    assert "RTO" not in text


@pytest.mark.parametrize("width", [48, 80, 200])
def test_everything_fits_every_width(width: int) -> None:
    for made in (drills.FAILED, drills.BLIND, drills.MISSED, drills.KILLED, drills.RUNNING):
        told(DrillDetail(made, None, ""), width)
    frame = drills.trouble()
    lines = above_drills(view_of(frame), backups_of(frame), width, Room.MUCH)
    assert_fits(lines, width, 60)


def pane(frame: Frame) -> str:
    return text_of(backups_lines(view_of(frame), 90, 20))


def test_the_overview_is_quiet_where_drills_are_well() -> None:
    assert "drill" not in pane(drills.well())


def test_the_overview_says_what_is_wrong_with_drills() -> None:
    text = pane(drills.trouble())
    assert "✖ restore drill: failed  ✖ sabotage drill: 1 not seen  ▲ restore drill overdue" in text
    known = drills.known([replace(drills.FAILED, status=DrillStatus.CANCELLED)])
    assert "cancelled" not in pane(drills.with_drills(known))


def test_the_overview_says_that_a_drill_proved_the_last_restore() -> None:
    from core.model.restore_operation import RestoreOperation, RestoreStatus
    from tests.tui import restore_frames

    frame = drills.well()
    known = backups_of(frame).drills
    assert known is not None
    last: RestoreOperation = restore_frames.operation(
        6, operation_id=known.proofs[0].drill_id, status=RestoreStatus.COMPLETED
    )
    by_drill = replace(frame, backups=replace(backups_of(frame), last_proven=last))
    assert "proven by a drill" in pane(by_drill)
    other = replace(last, operation_id="another")
    by_hand = replace(frame, backups=replace(backups_of(frame), last_proven=other))
    assert "proven by a restore" in pane(by_hand)


def test_a_kind_of_drill_that_was_not_done_is_no_trouble_on_a_calm_day() -> None:
    known = drills.known([drills.drill(drills.SUNDAY)])
    assert [each.kind for each in known.last] == [DrillKind.RESTORE]
    assert "drill" not in pane(drills.with_drills(known))
    assert "drill" not in pane(backup_frames.calm())
