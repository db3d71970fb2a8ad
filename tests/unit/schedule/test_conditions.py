"""What only_if asks for, and whether it holds."""

from __future__ import annotations

import pytest

from core.config.schedule_settings import OnlyIfSettings
from core.model.unknown import Unknown
from core.schedule.conditions import Answer, Measured, judge

STANDBY = Measured(in_recovery=True, active_sessions=5, load=1.5)
SILENT = Measured(Unknown("down"), Unknown("down"), 1.5)


@pytest.mark.parametrize(
    ("asked", "measured", "answer", "why"),
    [
        (OnlyIfSettings(), SILENT, Answer.YES, ""),
        (OnlyIfSettings(role="standby"), STANDBY, Answer.YES, ""),
        (OnlyIfSettings(role="primary"), STANDBY, Answer.NO,
         "it is a standby, and only_if asks for a primary"),
        (OnlyIfSettings(role="standby"), SILENT, Answer.UNKNOWN, "its role is not known: down"),
        (OnlyIfSettings(load_below=2), STANDBY, Answer.YES, ""),
        (OnlyIfSettings(load_below=1.5), STANDBY, Answer.NO,
         "load of this host: 1.5, and only_if asks for less than 1.5"),
        (OnlyIfSettings(active_sessions_below=6), STANDBY, Answer.YES, ""),
        (OnlyIfSettings(active_sessions_below=5), STANDBY, Answer.NO,
         "running sessions: 5, and only_if asks for less than 5"),
        (OnlyIfSettings(active_sessions_below=5), SILENT, Answer.UNKNOWN,
         "running sessions not known: down"),
        (OnlyIfSettings(role="standby", load_below=1), SILENT, Answer.NO,
         "load of this host: 1.5, and only_if asks for less than 1"),
    ],
)  # fmt: skip
def test_a_condition_holds_does_not_or_is_not_known(
    asked: OnlyIfSettings, measured: Measured, answer: Answer, why: str
) -> None:
    verdict = judge(asked, measured)
    assert (verdict.answer, verdict.why) == (answer, why)
