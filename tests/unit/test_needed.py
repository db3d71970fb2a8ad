"""Where everything that tests need has to be there, none is skipped in whatever way."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.servers.needed import EVERYTHING_VARIABLE

SKIPPED = {
    "needed": """
from tests.servers.needed import do_without
def test_it(): do_without("PostgreSQL 99")
""",
    "mark": """
import pytest
@pytest.mark.skipif(True, reason="PostgreSQL 99")
def test_it(): pass
""",
    "expected_failure": """
import pytest
@pytest.mark.xfail(reason="PostgreSQL 99")
def test_it(): assert False
""",
    "whole_file": """
import pytest
pytest.skip("PostgreSQL 99", allow_module_level=True)
""",
}


def said_of_the_skipped(folder: Path, *, everything: str) -> str:
    """What pytest says in the end of a test that is skipped in each way."""
    for way, text in SKIPPED.items():
        (folder / f"test_{way}.py").write_text(text)
    options = ["-rsxfE", "--continue-on-collection-errors", "-p", "tests.servers.needed"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, f"--rootdir={folder}", str(folder)],
        env={**os.environ, EVERYTHING_VARIABLE: everything},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    return done.stdout


def test_each_fails_where_everything_has_to_be_there(tmp_path: Path) -> None:
    said = said_of_the_skipped(tmp_path, everything="1")
    assert "2 failed, 2 errors in" in said
    assert said.count(f"not allowed where {EVERYTHING_VARIABLE} is set") == len(SKIPPED)
    assert said.count("PostgreSQL 99") >= len(SKIPPED)


def test_elsewhere_each_is_skipped_and_says_why(tmp_path: Path) -> None:
    said = said_of_the_skipped(tmp_path, everything="")
    assert "3 skipped, 1 xfailed in" in said
    assert said.count("PostgreSQL 99") >= len(SKIPPED)
