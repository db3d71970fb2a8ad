"""Figures in findings are written as those on the screens beside them."""

from __future__ import annotations

import pytest

from core.assess.wording import milliseconds


@pytest.mark.parametrize(
    ("value", "told"),
    [(730, "730 ms"), (2400, "2.4 s"), (61_000, "1 min 1 s"), (264_000, "4 min 24 s")],
)
def test_a_time_of_minutes_is_told_in_minutes(value: float, told: str) -> None:
    assert milliseconds(value) == told
