"""A drill's report: the same in Markdown and in HTML, and nothing in it is taken for markup."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from core.model.drill import (
    Drill,
    DrillKind,
    DrillPhase,
    DrillStatus,
    Objectives,
    Seal,
    Trial,
)
from core.model.restore import Check, CheckState
from core.restore.drill.report import as_html, as_markdown, report_of
from core.restore.drill.report.words import duration, plain, size

BEGAN = datetime(2026, 3, 15, 6, tzinfo=UTC)
DRILL = Drill(
    drill_id="20260315T060000Z-0a1b2c3d",
    kind=DrillKind.RESTORE,
    server_id="shop",
    who="anna@bastion",
    host="bastion",
    status=DrillStatus.MISSED,
    started_at=BEGAN,
    finished_at=BEGAN + timedelta(minutes=5),
    schedule="drill",
    objectives=Objectives(60.0, 0.0),
    database="orders",
    backup_id="b1",
    repository="local",
    snapshot_at=BEGAN - timedelta(hours=4),
    phases=(DrillPhase("fetch", 90.0, 1 << 20), DrillPhase("validate", 5.0)),
    rto_seconds=95.0,
    rpo_seconds=14_400.0,
    tables=3,
    rows=8000,
    checks=(Check("room", CheckState.OK, "plenty"),),
    seal=Seal("5e88", 812, "9f86"),
)


def both(drill: Drill, broken: str = "") -> tuple[str, str]:
    report = report_of(drill, broken)
    return as_markdown(report), as_html(report)


def test_it_says_who_what_when_how_long_and_by_what_it_is_sealed() -> None:
    for text in both(DRILL):
        for part in (
            "anna@bastion", "schedule drill", "2026-03-15 06:00:00 UTC", "1 min 35 s", "1 min 0 s",
            "4 h 0 min", "none set", "1.0 MiB", "8,000 rows", "5e88", "812", "9f86", "missed: RTO",
        ):  # fmt: skip
            assert part in text


def test_a_broken_seal_is_not_to_be_overlooked() -> None:
    for text in both(DRILL, "its record was changed since"):
        assert "NOT TO BE TRUSTED: its record was changed since" in text
    for text in both(DRILL):
        assert "NOT TO BE TRUSTED" not in text


def test_what_a_server_said_is_no_markup_and_steers_no_terminal() -> None:
    hostile = "<script>alert(1)</script> | a\x1b[2J\r\n# b *c* [d](e)"
    spoilt = replace(DRILL, status=DrillStatus.FAILED, problem=hostile, differences=(hostile,))
    markdown, html = both(spoilt)
    assert "<script>" not in html
    assert "\\<script\\>" in markdown
    assert "\\| a" in markdown
    for text in (markdown, html):
        assert "\x1b" not in text
        assert all(line.isprintable() for line in text.split("\n"))
    assert not any(line.startswith("# b") for line in markdown.split("\n"))


def test_what_was_looked_at_besides_and_what_was_not_is_told_apart() -> None:
    seen = replace(DRILL, sound=("pages sound",), unchecked=("totals: does not apply",))
    markdown, html = both(seen)
    assert "| pages sound | yes |" in markdown
    assert "| totals: does not apply | NO |" in markdown
    assert "totals: does not apply" in html
    assert "Looked at besides" not in both(DRILL)[0]


def test_a_remedy_is_told_also_where_something_is_only_different() -> None:
    for text in both(replace(DRILL, status=DrillStatus.FAILED, differences=("x",), remedy="mend")):
        assert "What to do: mend." in text


def test_each_act_of_sabotage_says_what_a_person_does_then() -> None:
    trials = (
        Trial("key removed", "taken away", is_detected=True, said="no key", person="bring it"),
        Trial("byte flipped", "turned over", is_detected=False, said="nothing", person="don't"),
    )
    spoilt = replace(DRILL, kind=DrillKind.SABOTAGE, status=DrillStatus.FAILED, trials=trials)
    for text in both(spoilt):
        for part in ("1 of 2 acts of sabotage were seen", "bring it", "NOT SEEN"):
            assert part in text
        assert "Recovery time" not in text


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.04, "0.0 s"), (59.9, "59.9 s"), (60, "1 min 0 s"), (3_600, "1 h 0 min"),
     (86_400 * 3, "3 d 0 h"), (None, "not known")],
)  # fmt: skip
def test_times_are_told_as_people_say_them(seconds: float | None, said: str) -> None:
    assert duration(seconds) == said


def test_sizes_have_the_unit_that_fits() -> None:
    assert [size(each) for each in (0, 1023, 1536, None)] == [
        "0 B",
        "1023 B",
        "1.5 KiB",
        "not known",
    ]
    assert plain("a\x07\nb") == "a b"
