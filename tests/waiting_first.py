"""Tests that wait for time to pass begin first, while other tests use the processor.

Begun last they would be what a whole run waits for, each by itself.
"""

from __future__ import annotations

import pytest

_MARK = "waits"


def pytest_configure(config: pytest.Config) -> None:
    """Make the mark known."""
    config.addinivalue_line("markers", f"{_MARK}: mostly waits for time to pass, and begins early")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put those that wait first; all others stay in their order."""
    items.sort(key=lambda item: item.get_closest_marker(_MARK) is None)
