"""What a test can't do without, and what then."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest

EVERYTHING_VARIABLE = "PGVIGIL_TESTS_NEED_SERVERS"
"""Set where everything that tests need has to be there: what is missing fails them."""


def do_without(what: str, remedy: str = ".ci/install-servers") -> NoReturn:
    """Skip the test that needs ``what``; fail it where everything has to be there."""
    if os.environ.get(EVERYTHING_VARIABLE):
        pytest.fail(f"{what} is not installed: {remedy}")
    pytest.skip(f"{what} is not installed")
