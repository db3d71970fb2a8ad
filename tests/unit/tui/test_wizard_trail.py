"""The lines above each question of the wizard."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from core.model.restore_draft import RestoreDraft
from tui.lines import plain, width_of
from tui.wizard.symptom import SymptomScreen
from tui.wizard.trail import trail_lines

DRAFT = RestoreDraft("d1", "shop", "anna", "bastion", datetime(2026, 1, 1, tzinfo=UTC))
QUESTION = SymptomScreen.QUESTION


@pytest.mark.parametrize("width", [20, 40, 60, 80])
def test_the_question_is_told_in_full(width: int) -> None:
    _, *asked = trail_lines(DRAFT, QUESTION, width)
    assert " ".join(plain(each) for each in asked) == QUESTION
    assert all(width_of(each) <= width for each in asked)


def test_in_the_smallest_terminal_that_shows_all_the_first_question_takes_one_line() -> None:
    assert len(trail_lines(DRAFT, QUESTION, 80)) == len(("questions", "question"))
