"""The status lines: which server, how it is, how old what is seen is."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from core.errors import StoreError
from core.model.health import Assessment, Health
from core.model.protection import BackupOverview
from core.model.schedule import ScheduleStatus
from core.model.server import ServerEntry
from core.model.snapshot import Frame, Taken
from core.model.unknown import Unknown
from tests.tui import backup_frames, frames
from tests.unit.panes.shown import text_of, view_of
from tui.panes.status import status_lines
from tui.panes.view import Mode, View

pytestmark = pytest.mark.usefixtures("utc")


def lines_of(frame: Frame, width: int = 100) -> list[str]:
    return text_of(status_lines(view_of(frame), width)).splitlines()


def with_server(**changes: object) -> Frame:
    info = replace(frames.server_info(), **changes)  # type: ignore[arg-type]
    return replace(frames.calm(), server=Taken(frames.seconds_ago(11), 30, info))


def test_server_role_version_uptime_cost_and_clock_stand_in_the_first_line() -> None:
    first = lines_of(frames.calm())[0]
    for part in ("orders-prod", "primary", "PostgreSQL 18.1", "up 12 d 03 h", "cost 41 ms/min",
                 "live 14:03:27"):  # fmt: skip
        assert part in first


def test_a_standby_is_called_one() -> None:
    assert "standby" in lines_of(with_server(in_recovery=True))[0]


def test_an_unknown_uptime_is_not_zero() -> None:
    assert "up ?" in lines_of(with_server(started_at=Unknown("no privilege")))[0]


def test_health_and_the_worst_finding_stand_in_the_second_line() -> None:
    assert lines_of(frames.incident())[1].startswith(
        "✖ CRITICAL  4 findings: connection use 97 %"
    )  # fmt: skip


def test_a_calm_server_needs_no_attention() -> None:
    assert lines_of(frames.calm())[1].startswith("• OK  nothing needs attention")


def test_before_the_assessment_health_is_unknown() -> None:
    assert lines_of(frames.nothing())[1].startswith("? UNKNOWN  not assessed yet")


def test_without_a_schedule_there_is_no_next_job() -> None:
    assert lines_of(frames.calm())[1].endswith("no job scheduled")


def scheduled_at(moment: datetime, name: str) -> BackupOverview:
    """One schedule, which fires then."""
    status = ScheduleStatus(name, "shop", "full", "0 2 * * *", "", "UTC", False, moment)
    return BackupOverview(schedules=(status,))


def test_the_next_job_is_told_with_its_time() -> None:
    scheduled = scheduled_at(frames.NOW + timedelta(hours=2), "full")
    assert lines_of(replace(frames.calm(), backups=scheduled))[1].endswith("next full 16:03:27")


def with_title(title: str, frame: Frame) -> Frame:
    long = replace(frames.INCIDENT_FINDINGS[0], title=title)
    return replace(frame, assessment=Taken(frames.NOW, 2, Assessment(Health.CRITICAL, (long,))))


def test_the_next_job_gives_way_to_the_headline_but_never_falls_away() -> None:
    frame = with_title("x" * 49, frames.calm())
    assert lines_of(frame, width=80)[1].endswith("x" * 49 + "  no job")


def test_a_long_headline_is_cut_by_no_more_than_the_short_form_of_the_next_job() -> None:
    soon = scheduled_at(frames.NOW + timedelta(hours=12), "full of the whole site")
    frame = with_title("x" * 80, replace(frames.calm(), backups=soon))
    second = lines_of(frame, width=80)[1]
    assert second.endswith("x… job 02:03")


def test_old_data_shows_its_age_in_the_place_of_live() -> None:
    first = lines_of(frames.stale())[0]
    assert "data 31 s ago" in first
    assert "live" not in first


def test_data_from_before_the_link_broke_is_not_called_live() -> None:
    assert "data 75 s ago" in lines_of(frames.link_down())[0]


def test_a_rewound_screen_says_so_and_how_far_back_it_is() -> None:
    view = view_of(frames.calm(), Mode.REWOUND, seconds_later=125)
    assert "REWOUND 14:03:27 (2 min ago)" in text_of(status_lines(view, 100))


def test_a_paused_screen_says_so() -> None:
    view = view_of(frames.calm(), Mode.PAUSED, seconds_later=10)
    assert "PAUSED 14:03:27 (10 s ago)" in text_of(status_lines(view, 100))


def second_in_trouble(view: View) -> str:
    troubled = replace(view, trouble=StoreError("The store is locked."))
    return text_of(status_lines(troubled, 100)).splitlines()[1]


def test_a_broken_store_makes_the_health_unknown_and_says_what_happened() -> None:
    second = second_in_trouble(view_of(frames.incident(), seconds_later=10))
    assert second.startswith("? UNKNOWN  The store is locked.")


def test_what_still_comes_in_counts_whatever_trouble_there_is() -> None:
    second = second_in_trouble(view_of(frames.incident()))
    assert second.startswith("✖ CRITICAL  5 findings: connection use 97 % · The store is locked.")


def test_with_trouble_alone_a_server_that_is_well_is_not_called_well() -> None:
    second = second_in_trouble(view_of(frames.calm()))
    assert second.startswith("▲ WARNING  1 finding: The store is locked.")


def test_the_past_was_as_it_was_whatever_trouble_there_is_now() -> None:
    second = second_in_trouble(view_of(frames.incident(), Mode.REWOUND, seconds_later=10))
    assert second.startswith("✖ CRITICAL  4 findings: connection use 97 %")
    assert "The store is locked." not in second


def test_a_production_server_is_marked() -> None:
    entry = ServerEntry("p", "p", "postgresql://p", production=True)
    view = View(entry, frames.calm(), frames.NOW, view_of(frames.calm()).thresholds)
    assert "p PRODUCTION" in text_of(status_lines(view, 100))


def with_others(*elsewhere: tuple[str, Health], width: int = 100) -> str:
    view = replace(view_of(frames.calm()), others=len(elsewhere), elsewhere=elsewhere)
    return text_of(status_lines(view, width)).splitlines()[0]


def test_another_server_that_is_not_well_is_named_in_the_first_line() -> None:
    first = with_others(("billing", Health.CRITICAL), ("crm", Health.OK))
    assert first.startswith("orders-prod  s +2 servers  ✖ billing CRITICAL  primary")
    assert first.endswith("live 14:03:27")


def test_several_other_servers_that_are_not_well_are_counted_the_worst_first() -> None:
    first = with_others(
        ("a", Health.WARNING), ("b", Health.UNKNOWN), ("c", Health.CRITICAL), ("d", Health.CRITICAL)
    )
    assert "s +4 servers  ✖ 2 CRITICAL  ▲ 1 WARNING  ? 1 UNKNOWN  primary" in first


def test_other_servers_that_are_well_need_no_word() -> None:
    assert "OK" not in with_others(("billing", Health.OK))


@pytest.mark.parametrize("width", [50, 60, 80])
def test_in_a_narrow_terminal_trouble_elsewhere_stays(width: int) -> None:
    first = with_others(("a-server-with-a-long-name", Health.CRITICAL), width=width)
    assert "CRITICAL" in first
    assert first.endswith("live 14:03:27")


def test_in_a_narrow_terminal_name_and_age_stay() -> None:
    first = lines_of(frames.calm(), width=50)[0]
    assert first.startswith("orders-prod  primary")
    assert first.endswith("live 14:03:27")


def test_before_the_store_was_read_nothing_is_said_of_jobs() -> None:
    assert "job" not in "\n".join(lines_of(replace(frames.nothing(), backups=None)))
    assert "no job scheduled" in lines_of(frames.calm())[1]


def with_schedules(**changes: object) -> Frame:
    backups = backup_frames.overview()
    schedules = tuple(
        replace(each, **changes)  # type: ignore[arg-type]
        for each in backups.schedules
    )
    return backup_frames.with_backups(frames.calm(), replace(backups, schedules=schedules))


def test_where_every_schedule_is_paused_that_is_what_is_said() -> None:
    paused = with_schedules(is_paused=True, next_at=None, due_at=None)
    assert lines_of(paused)[1].endswith("all schedules paused")


def test_in_few_cells_a_job_of_another_day_shows_its_day() -> None:
    later = frames.NOW + timedelta(days=6)
    assert lines_of(with_schedules(next_at=later, due_at=None), width=40)[1].endswith("job 03-20")


@pytest.mark.parametrize("width", [80, 120])
def test_how_many_other_servers_there_are_is_no_number_of_seconds(width: int) -> None:
    first = with_others(("billing", Health.OK), ("crm", Health.OK), width=width)
    assert "s +2 servers" in first
    assert "s +1 server " in with_others(("billing", Health.OK), width=width)


def test_the_other_servers_are_left_out_where_what_is_wrong_needs_the_room() -> None:
    first = with_others(("a-server-with-a-long-name", Health.CRITICAL), width=56)
    assert "servers" not in first
    assert "CRITICAL" in first
