"""What a test can't do without, and what then. As a plugin of pytest: no skip hides a hole."""

from __future__ import annotations

import os
from collections.abc import Generator
from typing import NoReturn

import pytest

EVERYTHING_VARIABLE = "PGVIGIL_TESTS_NEED_SERVERS"
"""Set where everything that tests need has to be there: each test that is skipped fails."""


def everything_is_needed() -> bool:
    """Whether no test may do without what it needs."""
    return bool(os.environ.get(EVERYTHING_VARIABLE))


def do_without(what: str, why: str = ".ci/install-servers installs it") -> NoReturn:
    """Skip the test that needs ``what``."""
    pytest.skip(f"{what} can't be had: {why}")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fail a test that was skipped, for whatever reason, where everything has to be there."""
    report = yield
    _fail_if_skipped(report)
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """The same for a whole file that would be skipped."""
    report = yield
    _fail_if_skipped(report)
    return report


def _fail_if_skipped(report: pytest.TestReport | pytest.CollectReport) -> None:
    if not report.skipped or not everything_is_needed():
        return
    why = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
    report.outcome = "failed"
    report.longrepr = f"not allowed where {EVERYTHING_VARIABLE} is set: {why}"
    if hasattr(report, "wasxfail"):
        del report.wasxfail
