"""What earlier restores tell of how long one takes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from core.model.restore import TargetKind
from core.model.restore_operation import PhaseTime, RestoreStatus
from core.restore.estimate import Earlier, EarlierRestore, earlier_restore, with_real
from tests.restored import operation

SIZE = 4_602_187
PHASES = (
    "prepare", "fetch", "definitions", "rows", "indexes and constraints", "validate", "pg_amcheck",
)  # fmt: skip
# Four restores of one backup as `python -m tests.benchmarks predictions 0.05` told them, on a host
# that was busy with other work.
RECORDED = (
    (0.08, 0.08, 0.08, 0.52, 0.02, 0.52, 0.29),
    (0.09, 0.15, 0.13, 0.58, 0.02, 0.62, 0.42),
    (0.10, 0.21, 0.35, 0.53, 0.02, 0.54, 0.39),
    (0.09, 0.25, 0.19, 0.61, 0.04, 0.77, 0.47),
)


def run(
    seconds: float, size: int = 1_000, *, server: str = "shop", **more: TargetKind
) -> EarlierRestore:
    return EarlierRestore(
        more.get("target", TargetKind.BESIDE), server, size, size, {"rows": seconds}
    )


def test_after_three_runs_the_next_is_told_within_thirty_percent() -> None:
    runs = [
        EarlierRestore(TargetKind.BESIDE, "shop", SIZE, SIZE, dict(zip(PHASES, told, strict=True)))
        for told in RECORDED
    ]
    earlier = Earlier(list(reversed(runs[:3])), server="shop")
    expected = [earlier.seconds(name, 0 if name == "prepare" else SIZE) for name in PHASES]
    assert None not in expected
    total = sum(each or 0.0 for each in expected)
    assert 0.7 <= total / sum(RECORDED[3]) <= 1.3


@pytest.mark.parametrize(
    ("runs", "expected"),
    [
        ([run(1), run(2), run(30)], 2.0),
        ([run(3, 2_000)], 1.5),
        ([run(9, server="desk"), run(2)], 2.0),
        ([run(9, server="desk")], 9.0),
        ([run(1, 10), run(4, 1_500, server="desk")], 4 / 1.5),
        ([run(1, 200)], 5.0),
        ([run(1, 99)], None),
        ([run(1, 10_001)], None),
        ([run(2, 100), run(6, 5_000)], 2 + 4 * 900 / 4_900),
        ([run(2, 200), run(0.9, 450)], 6.0),
        ([run(9, 250), run(3, 50, server="desk")], 36.0),
        ([run(50, target=TargetKind.MERGE), run(2)], 2.0),
        ([run(50, target=TargetKind.MERGE)], None),
        ([run(3, target=TargetKind.SCRATCH)], 3.0),
        ([], None),
    ],
    ids=[
        "the middle one counts", "by the byte", "the same server first", "else another",
        "of about the size first", "else by the byte", "not by one far smaller",
        "nor far larger", "what is the same at each size is no multiple of it",
        "where they contradict, each by the byte", "one here before others",
        "a merge tells nothing of others", "not even alone", "a drill does", "nothing",
    ],
)  # fmt: skip
def test_what_is_most_like_it_tells(runs: list[EarlierRestore], expected: float | None) -> None:
    told = Earlier(runs, server="shop").seconds("rows", 1_000)
    assert told == (None if expected is None else pytest.approx(expected))


def test_only_so_many_count() -> None:
    runs = [run(1), run(1), run(1), run(100), run(100), run(100), run(100)]
    assert Earlier(runs, server="shop", counted=5).seconds("rows", 1_000) == 1.0


def test_what_is_of_no_size_takes_what_it_took() -> None:
    runs = [EarlierRestore(TargetKind.BESIDE, "shop", 10, 10, {"prepare": 2.0})]
    assert Earlier(runs).seconds("prepare") == 2.0


def test_what_no_restore_before_needed_takes_nothing_where_the_rest_is_known() -> None:
    earlier = Earlier([run(1)])
    assert earlier.seconds_if_any("pg_amcheck", 1_000, beside="rows") == 0.0
    assert earlier.seconds_if_any("pg_amcheck", 1_000, beside="validate") is None


PHASE_TIMES = (PhaseTime("fetch", 30.0, 20.0), PhaseTime("rows", 50.0, 70.0))
ENDED = operation(
    status=RestoreStatus.COMPLETED,
    completed_at=operation().created_at + timedelta(seconds=90),
    phases=PHASE_TIMES,
)


def test_only_a_restore_that_came_to_its_end_tells_of_later_ones() -> None:
    told = earlier_restore(ENDED)
    assert told is not None
    assert told.seconds == {"fetch": 20.0, "rows": 70.0}
    assert earlier_restore(replace(ENDED, status=RestoreStatus.FAILED)) is None
    assert earlier_restore(replace(ENDED, phases=(PhaseTime("fetch", 30.0),))) is None


def test_predicted_and_real_stand_beside_each_other() -> None:
    expected = [PhaseTime("fetch", 30.0), PhaseTime("rows", 50.0), PhaseTime("open", 0.0)]
    over = [("prepare", 1.0), ("fetch", 20.0), ("rows", 60.0), ("rows", 10.0)]
    assert with_real(expected, over) == (
        PhaseTime("prepare", None, 1.0),
        PhaseTime("fetch", 30.0, 20.0),
        PhaseTime("rows", 50.0, 70.0),
        PhaseTime("open", 0.0, None),
    )


def test_the_whole_is_expected_only_where_each_part_is() -> None:
    assert (ENDED.expected_seconds, ENDED.seconds) == (80.0, 90.0)
    unknown = (*PHASE_TIMES, PhaseTime("swap", None, 1.0))
    assert replace(ENDED, phases=unknown).expected_seconds is None
    assert replace(ENDED, phases=()).expected_seconds is None
    assert replace(ENDED, completed_at=None).seconds is None
