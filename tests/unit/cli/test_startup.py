from __future__ import annotations

import subprocess
import sys

import pytest

from tui.commands.catalogue import SUMMARIES

HEAVY = {"textual", "rich", "psycopg", "sqlalchemy", "alembic", "psutil", "msgspec", "plotext"}

PROGRAM = """
import sys
from tui.cli import main
try:
    main({arguments!r})
except SystemExit:
    pass
print(*sorted({{name.partition('.')[0] for name in sys.modules}}), file=sys.stderr)
"""


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], *([name, "--help"] for name in SUMMARIES)], ids=str
)
def test_help_answers_without_importing_anything_heavy(arguments: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(arguments=arguments)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "pgvigil" in done.stdout
    assert HEAVY.isdisjoint(done.stderr.split())
