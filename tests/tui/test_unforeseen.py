"""An error that nobody foresaw while the console is on the screen."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from core.errors import ExitCode

SECRET = "hunter2"

PROGRAM = f"""
import sys
from tui.app import ConsoleApp
from tui.commands import console
from tui.cli import main

async def fail(self):
    dsn = "postgresql://u:" + "{SECRET}" + "@h/d"
    raise ValueError("could not use " + dsn)

def fail_at_once(self):
    password = "{SECRET}"
    raise ValueError("password=" + password)

if sys.argv[1] == "worker":
    ConsoleApp._open = __import__("textual").work(fail)
else:
    ConsoleApp.on_mount = fail_at_once

import core.api.launch
core.api.launch.ensure_watcher = lambda launch: None
sys.exit(main(["host=127.0.0.1 port=1 dbname=d user=u"]))
"""


def run_on_a_terminal(home: Path, where: str) -> tuple[int, str]:
    """The exit code and everything that the terminal got."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "HOME": str(home), "TERM": "xterm-256color"}
    for variable in ("XDG_STATE_HOME", "XDG_CONFIG_HOME", "PGVIGIL_CONFIG"):
        environment.pop(variable, None)
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, where],
        stdin=theirs, stdout=theirs, stderr=theirs, env=environment, start_new_session=True,
    )  # fmt: skip
    os.close(theirs)
    got = bytearray()
    while True:
        try:
            chunk = os.read(ours, 65536)
        except OSError:  # The last of those that held the other end has gone.
            break
        if not chunk:
            break
        got += chunk
    os.close(ours)
    return process.wait(), got.decode(errors="replace")


@pytest.mark.parametrize("where", ["worker", "mount"])
def test_it_ends_with_words_and_a_report_and_shows_no_variable(where: str, tmp_path: Path) -> None:
    code, shown = run_on_a_terminal(tmp_path, where)
    assert code == ExitCode.UNKNOWN
    assert "stopped on an error of its own (ValueError)" in shown
    assert "Traceback" not in shown
    assert SECRET not in shown
    (report,) = (tmp_path / ".local/state/pgvigil/reports").iterdir()
    written = report.read_text(encoding="utf-8")
    assert "Traceback" in written
    assert "fail" in written
    assert SECRET not in written
