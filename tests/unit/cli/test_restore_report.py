"""A restore that is over, told to people."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.model.restore_operation import PhaseTime, RestoreOperation, RestoreStatus, Verdict
from tests.restored import operation
from tui.restore_report import outcome_lines, took

BEGUN = operation()
ENDED = operation(
    status=RestoreStatus.COMPLETED,
    completed_at=BEGUN.created_at + timedelta(seconds=90),
    verdict=Verdict.PROVEN,
    phases=(PhaseTime("fetch", 30.0, 20.0), PhaseTime("rows", 50.0, 70.0)),
    unchecked=('assertion items does not apply: relation "public.items" does not exist',),
)


@pytest.mark.parametrize(
    ("told_of", "told"),
    [
        (ENDED, "1 min 30 s, 1 min 20 s expected"),
        (operation(completed_at=ENDED.completed_at), "1 min 30 s"),
        (operation(phases=ENDED.phases), "1 min 20 s expected"),
        (BEGUN, ""),
    ],
    ids=["over", "nothing was expected", "under way", "neither"],
)
def test_what_it_took_stands_beside_what_was_expected(told_of: RestoreOperation, told: str) -> None:
    assert took(told_of) == told


def test_what_was_not_looked_at_is_named() -> None:
    lines = list(outcome_lines(ENDED, "database again is there, proven"))
    assert lines[1:] == [
        "  verdict: proven",
        "  took: 1 min 30 s, 1 min 20 s expected",
        '  unchecked: assertion items does not apply: relation "public.items" does not exist',
    ]
