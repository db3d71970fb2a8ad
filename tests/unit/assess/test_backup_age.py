"""How old the last good backup is, and whether the clocks can be right."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.assess.assess import Memory, assess
from core.assess.situation import Situation
from core.config.settings import ThresholdSettings
from core.model.health import Health, Severity
from core.model.protection import (
    BackupOverview,
    SetUpStep,
)
from core.model.server import Link, LinkState
from tests.unit.assess.backup_overviews import HOUR, entry, found, well
from tests.unit.assess.builders import NOON, connections


@pytest.mark.parametrize(("days", "side"), [(400, "ahead of"), (-2, "behind")])
def test_clocks_that_are_apart_are_a_finding(days: int, side: str) -> None:
    severity, title = found(well(clock_gap_seconds=days * 86_400.0))["backups.clock"]
    assert severity is Severity.WARNING
    assert f"was {abs(days)} d" in title
    assert side in title


def test_a_newest_backup_of_a_time_to_come_is_a_finding() -> None:
    severity, title = found(well(to_come_seconds=400 * 86_400.0))["backups.clock"]
    assert severity is Severity.WARNING
    assert title == "The newest backup says that it is of a time 400 d from now"


def test_where_the_server_s_clock_was_ahead_the_host_s_tells_the_age() -> None:
    ahead = replace(entry(50), snapshot_at=NOON + 400 * 24 * HOUR)
    assert "is 2 d 2 h old" in found(well(last_good=(ahead,)))["backups.age"][1]
    both = well(last_good=(ahead, entry(1, "billing")), databases=("orders", "billing"))
    assert "of orders is 2 d 2 h old" in found(both)["backups.age"][1]


def test_a_young_good_backup_is_no_finding() -> None:
    assert found(well()) == {}


@pytest.mark.parametrize("overview", [None, BackupOverview(missing=frozenset(SetUpStep))])
def test_where_none_are_set_up_nothing_is_found(overview: BackupOverview | None) -> None:
    assert found(overview) == {}


@pytest.mark.parametrize(
    ("hours", "severity"),
    [(35.9, None), (36, Severity.WARNING), (47.9, Severity.WARNING), (48, Severity.CRITICAL)],
)
def test_age_warns_at_one_and_a_half_times_the_objective_and_is_critical_at_twice(
    hours: float, severity: Severity | None
) -> None:
    got = found(well(last_good=(entry(hours),))).get("backups.age")
    assert (got[0] if got else None) is severity


def test_the_oldest_of_the_databases_that_are_backed_up_counts() -> None:
    both = (entry(1, "orders"), entry(50, "billing"))
    assert (
        "of billing is 2 d 2 h old"
        in found(well(last_good=both, databases=("orders", "billing")))["backups.age"][1]
    )
    assert found(well(last_good=both, databases=("orders",))) == {}


def test_without_names_in_the_config_the_oldest_of_all_counts() -> None:
    both = well(last_good=(entry(1, "other"), entry(72, "orders")))
    assert "backups.age" in found(both)


def test_an_old_backup_is_told_beside_a_database_that_has_none() -> None:
    old = well(last_good=(entry(72),), databases=("billing", "orders"))
    assert {"backups.age", "backups.none"} <= set(found(old))


def test_backups_are_judged_also_while_the_server_can_not_be_reached() -> None:
    down = Situation(
        NOON,
        ThresholdSettings(),
        link=Link(LinkState.UNREACHABLE, NOON, "db1 does not answer"),
        backups=well(last_good=(entry(72),)),
    )
    assessment, _ = assess(down, Memory())
    assert "backups.age" in {each.fingerprint for each in assessment.findings}


def test_backups_that_are_too_old_make_a_healthy_server_critical() -> None:
    healthy = Situation(NOON, ThresholdSettings(), connections=connections())
    late = replace(healthy, backups=well(last_good=(entry(72),)))
    assert assess(healthy, Memory())[0].health is Health.OK
    assert assess(late, Memory())[0].health is Health.CRITICAL
