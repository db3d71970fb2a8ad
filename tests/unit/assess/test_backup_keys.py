"""Keys that are not there, not confirmed, or of which nobody knows."""

from __future__ import annotations

from dataclasses import replace

from core.assess.backups import findings
from core.assess.situation import Situation
from core.config.settings import ThresholdSettings
from core.model.health import Severity
from core.model.protection import (
    AbsentKey,
    LostKey,
    SetUpStep,
    UnclearStaging,
)
from tests.unit.assess.backup_overviews import attempt, found, history, well
from tests.unit.assess.builders import NOON


def test_a_key_that_nobody_confirmed_is_a_finding() -> None:
    got = found(well(missing=frozenset({SetUpStep.KEY_CONFIRMED})))
    assert set(got) == {"backups.key"}


def test_a_key_of_the_config_that_is_not_there_is_told_and_that_of_new_backups_is_critical() -> (
    None
):
    keys = (AbsentKey("main", "/k/main.key"), AbsentKey("old", "/k/old.key"))
    got = found(well(key_name="main", absent_keys=keys))
    assert {name: severity for name, (severity, _) in got.items()} == {
        "backups.key:main": Severity.CRITICAL,
        "backups.key:old": Severity.WARNING,
    }


def test_backups_under_a_key_that_the_config_has_no_more_are_told() -> None:
    gone = (LostKey("00aa", "main", 1), LostKey("00bb", "", 3))
    assert found(well(lost_keys=gone)) == {
        "backups.lost_key:00aa": (
            Severity.WARNING,
            "1 backup is sealed with a key that the config has no more",
        ),
        "backups.lost_key:00bb": (
            Severity.WARNING,
            "3 backups are sealed with a key that the config has no more",
        ),
    }


def test_attempts_are_judged_also_where_the_key_was_never_here() -> None:
    keyless = well(missing=frozenset({SetUpStep.KEY}))
    assert found(keyless) == {}
    assert "backups.last_run" in found(replace(keyless, history=history(attempt("failed"))))


def test_a_plain_dump_that_may_be_nobody_s_is_told() -> None:
    left = UnclearStaging("/srv/staging/job-1-aa", "db7")
    situation = Situation(NOON, ThresholdSettings(), backups=well(unclear_staging=(left,)))
    (draft,) = findings(situation)
    assert draft.severity is Severity.WARNING
    assert "not encrypted" in draft.title
    assert left.path in draft.detail
    assert "db7" in draft.detail
