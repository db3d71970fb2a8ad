"""Copies that are missing, damaged, or not read for long, and where there is no room."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.assess.backups import findings
from core.assess.situation import Situation
from core.config.settings import ThresholdSettings
from core.model.backup import CANT_BE_READ, BackupCopy, CopyState, VerificationLevel
from core.model.health import Area, Severity
from core.model.protection import (
    BadCopies,
    RepositoryUse,
)
from core.model.unconfigured import UnconfiguredRepository
from tests.unit.assess.backup_overviews import HOUR, attempt, entry, found, history, lost, well
from tests.unit.assess.builders import NOON


def test_missing_and_damaged_copies_are_counted_and_the_newest_is_named() -> None:
    copy = BackupCopy("b7", "offsite", CopyState.MISSING, VerificationLevel.NONE, NOON, "not there")
    situation = Situation(NOON, ThresholdSettings(), backups=well(bad_copies=BadCopies((copy,), 3)))
    (draft,) = findings(situation)
    assert draft.title == "3 copies of backups are missing or damaged"
    assert "b7 in offsite is missing (not there)" in draft.detail
    assert (draft.area, draft.subject) == (Area.BACKUPS, "b7")


def test_copies_that_can_not_be_read_are_told_with_what_to_do() -> None:
    problem = f"{CANT_BE_READ}archived; do: restore it"
    copy = BackupCopy("b7", "s3", CopyState.COMPLETE, VerificationLevel.SEALED, NOON, problem)
    overview = well(refused_copies=BadCopies((copy,), 2))
    (draft,) = findings(Situation(NOON, ThresholdSettings(), backups=overview))
    assert (draft.fingerprint, draft.severity) == ("backups.refused", Severity.WARNING)
    assert draft.title == "2 copies of backups can't be read"
    assert draft.detail == "the newest: b7 in s3 can't be read: archived; do: restore it"
    assert draft.subject == "b7"


@pytest.mark.parametrize(("days", "is_found"), [(34.9, False), (35.1, True)])
def test_a_copy_that_nobody_verified_for_long_is_a_finding(days: float, is_found: bool) -> None:
    got = found(well(oldest_verification=NOON - days * 24 * HOUR))
    assert ("backups.verification" in got) is is_found


@pytest.mark.parametrize(
    ("used", "severity"), [(79, None), (80, Severity.WARNING), (95, Severity.CRITICAL)]
)
def test_a_quota_warns_at_80_and_is_critical_at_95_per_cent(
    used: int, severity: Severity | None
) -> None:
    overview = well(repositories=(RepositoryUse("local", used, 100), RepositoryUse("s3", 10**9)))
    got = found(overview)
    assert set(got) == ({"backups.quota:local"} if severity else set())
    assert not severity or got["backups.quota:local"][0] is severity


def test_a_quota_that_was_passed_stays_a_finding_until_it_is_clearly_below() -> None:
    overview = well(repositories=(RepositoryUse("local", 79, 100),))
    before = {"backups.quota:local": Severity.WARNING}
    assert "backups.quota:local" in found(overview, before=before)


def test_a_newest_full_that_is_sound_nowhere_is_critical_and_its_copies_are_told() -> None:
    situation = Situation(
        NOON,
        ThresholdSettings(),
        backups=well(newest_fulls=(lost(),), history=history(attempt("completed", of=lost()))),
    )
    (draft,) = findings(situation)
    assert (draft.fingerprint, draft.severity) == ("backups.lost:orders", Severity.CRITICAL)
    assert draft.title == "The newest full backup is lost: no copy of it is sound"
    assert (
        f"{lost().copies[0].repository}: damaged (a0001 was changed); s3: missing" == draft.detail
    )


def test_what_the_last_good_backup_has_not_is_a_finding_that_alarms_nobody() -> None:
    told = ("pg_dump: subscriptions not dumped", "the options of user mappings are not in it")
    overview = well(last_good=(replace(entry(12), warnings=told),))
    (draft,) = findings(Situation(NOON, ThresholdSettings(), backups=overview))
    assert (draft.fingerprint, draft.severity) == ("backups.warned:orders", Severity.INFO)
    assert draft.title == "The last good backup came with 2 warnings"
    assert draft.detail == "; ".join(told)


def test_a_newest_full_with_one_sound_copy_is_not_lost() -> None:
    half = replace(lost(), copies=(*lost().copies, *entry(1).copies))
    assert "backups.lost:orders" not in found(well(newest_fulls=(half,)))


@pytest.mark.parametrize(
    ("only", "told"),
    [
        (0, "each of these backups has another copy"),
        (1, "1 of these backups has no other copy"),
    ],
)
def test_copies_in_a_repository_that_the_config_has_no_more_are_a_finding(
    only: int, told: str
) -> None:
    overview = well(unconfigured=(UnconfiguredRepository("local3", 7, only),))
    (draft,) = findings(Situation(NOON, ThresholdSettings(), backups=overview))
    assert (draft.fingerprint, draft.severity) == ("backups.unconfigured:local3", Severity.WARNING)
    assert draft.title == "7 copies of backups are in local3, which the config has no more"
    assert told in draft.detail
    assert "pgvigil backup forget local3" in draft.advice
