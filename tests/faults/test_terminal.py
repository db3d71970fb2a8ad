"""pgvigil on real terminals: tiny ones, closed ones, and processes that are killed."""

from __future__ import annotations

import base64
import os
import pty
import re
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.faults.terminal import Sit
from tests.servers.commands import PGVIGIL
from tests.servers.waiting import eventually
from tests.servers.watching import Site, until

LIVE = ("live ", r"\d+ of \d+ slots")


def test_a_terminal_of_20x5_says_how_things_are_and_grows_and_shrinks(
    sit: Sit, database: str, here: Site
) -> None:
    seat = sit(database, size=(20, 5))
    seat.sees("• OK", "larger")
    seat.resize(80, 24)
    seat.sees(*LIVE, "Slow queries", "Backups", "Security")
    seat.resize(20, 5)
    seat.sees("• OK", "larger")
    seat.resize(1, 1)
    seat.resize(80, 24)
    seat.sees(*LIVE)
    seat.press("q")
    assert seat.ends() == 0
    until(lambda: not here.watchers())


def test_a_terminal_that_grows_and_shrinks_shows_each_screen_in_its_size(
    sit: Sit, database: str
) -> None:
    seat = sit(database, size=(200, 50))
    seat.sees(*LIVE, "Findings", "Databases")
    seat.press("2")
    seat.sees("Lock queues", "by application")
    for size in ((20, 5), (80, 24), (120, 40), (20, 5), (200, 50)):
        seat.resize(*size)
        seat.sees("OK")
    seat.sees("Lock queues", "by application", "live ")
    seat.press("q")
    assert seat.ends() == 0
    assert "Traceback" not in seat.written


def test_y_hands_the_row_to_the_terminals_clipboard(sit: Sit, database: str) -> None:
    seat = sit(database)
    seat.sees(*LIVE)
    seat.press("4")
    seat.sees("Databases", " template1 ")
    seat.press("y")
    handed = r"\x1b\]52;c;([A-Za-z0-9+/=]+)\x07"
    seat.says(handed)
    (sent,) = re.findall(handed, seat.written)
    copied = base64.b64decode(sent).decode()
    assert copied.split("\t")[0] in seat.screen
    assert copied.count("\t") == 9


def test_the_mouse_chooses_and_scrolls(sit: Sit, database: str) -> None:
    seat = sit(database, size=(100, 30))
    seat.sees(*LIVE)
    seat.press("\x1b[<0;70;5M\x1b[<0;70;5m")
    seat.sees("Queries", "interval|No interval")
    seat.press("8")
    seat.sees("target", "Settings|pgvigil on this server")
    seat.press("\x1b[<65;20;10M" * 12)
    seat.sees(r"\A(?!.*target )", "work_mem|TimeZone|log_")
    seat.press("q")
    assert seat.ends() == 0


def test_a_console_lives_on_when_its_watcher_is_killed(sit: Sit, database: str, here: Site) -> None:
    seat = sit(database)
    seat.sees(*LIVE)
    killed: set[int] = set()
    for _ in range(3):
        [watcher] = eventually(lambda: [w for w in here.watchers() if w.pid not in killed])
        watcher.kill()
        killed.add(watcher.pid)
    moment = seat.sees(*LIVE).split("\n")[0].split()[-1]
    until(lambda: moment not in seat.sees(*LIVE))
    seat.press("q")
    assert seat.ends() == 0


def test_a_killed_console_leaves_a_watcher_that_ends_or_serves_the_next_console(
    sit: Sit, database: str, here: Site
) -> None:
    first = sit(database)
    first.sees(*LIVE)
    until(lambda: len(here.watchers()) == 1)
    first.kill()
    second = sit(database)
    second.sees(*LIVE)
    until(lambda: len(here.watchers()) == 1)
    second.kill()
    until(lambda: not here.watchers())


def test_a_console_starts_as_ever_after_all_were_killed(
    sit: Sit, database: str, here: Site
) -> None:
    for _ in range(2):
        seat = sit(database)
        seat.sees(*LIVE)
        processes = [psutil.Process(seat.process.pid), *here.watchers()]
        for process in processes:
            process.kill()
        seat.process.wait(5)
    seat = sit(database)
    seat.sees(*LIVE)
    seat.press("q")
    assert seat.ends() == 0


def test_two_consoles_share_a_watcher_and_one_lives_on_without_the_other(
    sit: Sit, database: str, here: Site
) -> None:
    one, other = sit(database), sit(database)
    one.sees(*LIVE)
    other.sees(*LIVE)
    [watcher] = here.watchers()
    one.press("q")
    assert one.ends() == 0
    other.press("3")
    other.sees("Queries", "interval", "live ")
    assert here.watchers() == [watcher]


def test_a_closed_terminal_ends_the_console_and_then_the_watcher(
    sit: Sit, database: str, here: Site
) -> None:
    seat = sit(database)
    seat.sees(*LIVE)
    seat.close()
    seat.process.wait(10)
    until(lambda: not here.watchers())


def test_a_demonstration_that_is_told_to_end_gives_the_terminal_back(sit: Sit) -> None:
    seat = sit("demo", "--scenario", "calm", size=(100, 30))
    seat.sees(*LIVE)
    seat.process.send_signal(signal.SIGHUP)
    assert seat.ends() == 129
    written = seat.written
    assert "\x1b[?1049l" in written, "the shell's screen is back"
    assert "Clearing away" in written.partition("\x1b[?1049l")[2]
    assert "\x1b[?1003l" in seat.written, "the mouse is the shell's again"


@pytest.mark.parametrize("way", ["q", "ctrl+c", signal.SIGTERM, signal.SIGHUP])
def test_however_it_is_left_the_terminal_is_as_it_was(
    sit: Sit, database: str, way: str | signal.Signals
) -> None:
    seat = sit(database)
    seat.sees(*LIVE)
    if isinstance(way, signal.Signals):
        seat.process.send_signal(way)
    else:
        seat.press({"q": "q", "ctrl+c": "\x03"}[way])
    assert seat.ends() == (128 + way if isinstance(way, signal.Signals) else 0)
    assert "\x1b[?1049l" in seat.written, "the shell's screen is back"
    assert "\x1b[?25h" in seat.written, "the cursor is back"
    assert "\x1b[?1003l" in seat.written, "the mouse is the shell's again"
    assert "Traceback" not in seat.written


@pytest.mark.parametrize("arguments", [(), ("demo",)], ids=["a server", "the demo"])
@pytest.mark.parametrize("piped", [True, False], ids=["in a pipe", "half on a terminal"])
def test_without_a_terminal_it_says_what_does_without_and_begins_nothing(
    here: Site, arguments: tuple[str, ...], piped: bool
) -> None:
    instead = "pgvigil demo --headless" if arguments else "pgvigil status"
    options = ["--config", str(here.config)]
    if not arguments:
        options += ["--state-folder", str(here.state)]
    command = [*PGVIGIL, *options, *(arguments or ("postgresql://127.0.0.1:1/no",))]
    ours, theirs = pty.openpty()
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL if piped else theirs,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    os.close(ours)
    os.close(theirs)
    assert done.returncode == 64
    assert done.stdout == ""
    assert f"standard {'input and output are' if piped else 'output is'} none" in done.stderr
    assert instead in done.stderr
    assert "\x1b" not in done.stderr
    assert not here.watchers()


@pytest.mark.parametrize("arguments", [("postgresql://127.0.0.1:1/no",), ("demo",)])
@pytest.mark.parametrize("name", ["dumb", "unknown"])
def test_a_terminal_that_cannot_be_drawn_on_is_refused_in_words(
    sit: Sit, here: Site, name: str, arguments: tuple[str, ...]
) -> None:
    seat = sit(*arguments, prefix=("env", f"TERM={name}"))
    assert seat.ends() == 64
    instead = "pgvigil demo --headless" if arguments == ("demo",) else "pgvigil status"
    assert f"TERM={name} says that it can't place its cursor" in seat.written
    assert instead in seat.written
    assert "\x1b" not in seat.written
    assert not here.watchers()


def test_it_draws_on_the_terminal_where_only_errors_go_into_a_file(
    sit: Sit, database: str, tmp_path: Path
) -> None:
    errors = tmp_path / "errors"
    seat = sit(database, prefix=("sh", "-c", f'exec "$@" 2>{errors}', "sh"))
    seat.sees(*LIVE)
    seat.press("q")
    assert seat.ends() == 0
    assert errors.read_text() == ""


def test_a_terminal_in_latin_1_gets_plain_signs_and_no_question_marks(
    sit: Sit, database: str
) -> None:
    seat = sit(database, size=(120, 40), prefix=("env", "PYTHONIOENCODING=iso-8859-1"))
    seat.sees(*LIVE, "Slow queries -----", r"\|")
    seat.press("2")
    connections = seat.sees("no session waits", "Enter detail")
    assert connections.count("?") == connections.count("? help") == 1
    seat.press("q")
    assert seat.ends() == 0


def test_a_command_says_in_latin_1_what_it_can() -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "iso-8859-1"}
    said = "from tui.commands.output import *; replace_what_cannot_be_encoded(); say('… ✖ ü 日 ▲')"
    done = subprocess.run(
        [sys.executable, "-c", said], env=environment, capture_output=True, check=True
    )
    assert done.stdout.decode("iso-8859-1") == "~ X ü ?? !\n"
