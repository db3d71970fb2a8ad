"""Python looks for garbage among what stays for a whole run as seldom as it may.

The tests and all that they import are half a million objects. Looking through them again and again
took a third of the time of tests that do not wait.
"""

from __future__ import annotations

import gc
from collections.abc import Generator

import pytest

# Python's own are 700, 10 and 10: all that is new is looked through a thirteenth as often.
_THRESHOLDS = (3000, 10, 30)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Look for none while the tests are imported, and never again among what that has made."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(*_THRESHOLDS)
        gc.enable()
