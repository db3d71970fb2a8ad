"""Counts the bad days of backups that tests tried, and says at the end what came of them.

A test that is marked ``fault`` tries one, or as many as it says with the fixture ``faults``. One
counts as survived when all that the test demands afterwards holds; a backup counts as lost when it
was good before and is not what it was afterwards.
"""

from __future__ import annotations

from collections.abc import Generator

import pytest
from _pytest.terminal import TerminalReporter

_NAME = "faults"


class Faults:
    """The bad days of one test."""

    def __init__(self) -> None:
        self.tried = 0
        self.survived = 0
        self.lost = 0


_KEY = pytest.StashKey[Faults]()
_under_way = [Faults()]


def check_kept(*kept: bool) -> None:
    """Count the backups of before that are not what they were; there must be none."""
    _under_way[0].lost += kept.count(False)
    assert all(kept), "a backup is lost"


def pytest_configure(config: pytest.Config) -> None:
    """Make the mark known."""
    config.addinivalue_line("markers", "fault: a bad day of backups, counted in the figures")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Each test counts from nothing."""
    _under_way[0] = item.stash[_KEY] = Faults()


@pytest.fixture
def faults(request: pytest.FixtureRequest) -> Faults:
    """Counts, in a test that tries several bad days."""
    return request.node.stash[_KEY]  # type: ignore[no-any-return]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Send along with a test's result what it has counted."""
    report = yield
    if call.when == "call" and not report.skipped and item.get_closest_marker("fault"):
        counted = item.stash[_KEY]
        tried, survived = counted.tried or 1, counted.survived
        if not counted.tried:
            survived = int(report.passed)
        report.user_properties.append((_NAME, [tried, survived, counted.lost]))
    return report


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """One line with what all processes have counted."""
    counted = [
        value
        for outcome in ("passed", "failed")
        for report in terminalreporter.stats.get(outcome, [])
        for name, value in report.user_properties
        if name == _NAME
    ]
    if counted:
        tried, survived, lost = (sum(each) for each in zip(*counted, strict=True))
        terminalreporter.write_line(
            f"faults tried {tried}, survived {survived}, backups lost {lost}"
        )
