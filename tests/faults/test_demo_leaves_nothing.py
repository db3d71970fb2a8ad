"""However a demonstration ends, no process, no file and no port of it is left."""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from core.api.demo import DemoRun, Scenario, Timings
from core.api.launch import ensure_watcher
from core.demo.supervisor import PREFIX
from core.postgres.embedded import (
    ClaimedFolder,
    ServerAccount,
    end_residents,
    remove_folder,
    residents,
    sweep,
)
from core.postgres.embedded.lock import take_over
from tests.faults.demo_traces import (
    HEADLESS,
    Traces,
    answers,
    command,
    console,
    is_alive,
    nothing_is_left,
    traces,
)
from tests.servers.waiting import eventually

IMPATIENT = Timings(console_leaves_within=0.1)
WITH_WATCHER = ("-m", "tests.faults.demo_console")


def test_leaving_the_console_leaves_nothing() -> None:
    with DemoRun.start(Scenario.INCIDENT) as demo:
        seen = traces(demo.state_folder.parent)
        assert len(seen.processes) >= 9  # supervisor, two workload processes, PostgreSQL, rclone

    nothing_is_left(seen)


def test_an_error_in_the_console_leaves_nothing() -> None:
    def breaks(demo: DemoRun) -> None:
        found.append(traces(demo.state_folder.parent))
        raise ZeroDivisionError

    found: list[Traces] = []
    with pytest.raises(ZeroDivisionError), DemoRun.start(Scenario.CALM) as demo:
        breaks(demo)

    nothing_is_left(found[0])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_a_signal_to_the_console_leaves_nothing(number: signal.Signals) -> None:
    with console(*HEADLESS, "--scenario", "calm") as shown:
        seen = shown.running("Ctrl-C ends it")

        shown.process.send_signal(number)

        nothing_is_left(seen)


def test_a_killed_postgresql_is_told_and_its_segment_goes_with_the_rest() -> None:
    with console(*HEADLESS, "--scenario", "calm") as shown:
        seen = shown.running("Ctrl-C ends it")
        noted = (seen.folder / "server" / "data" / "postmaster.pid").read_text().splitlines()
        segment = noted[6].split()[1]

        os.kill(int(noted[0]), signal.SIGKILL)
        shown.read_until("PostgreSQL is gone")
        shown.process.terminate()

        nothing_is_left(seen)
        listed = Path("/proc/sysvipc/shm").read_text().splitlines()[1:]
        assert segment not in [line.split()[1] for line in listed]


def test_a_closed_terminal_leaves_nothing() -> None:
    master, terminal = os.openpty()
    with console(*HEADLESS, prefix=("setsid", "--ctty"), stdin=terminal) as shown:
        os.close(terminal)
        seen = shown.running("Ctrl-C ends it")

        os.close(master)

        nothing_is_left(seen)


def test_a_killed_console_leaves_no_watcher_either() -> None:
    with console(*WITH_WATCHER) as shown:
        seen = shown.running("ready")
        assert is_alive(seen.watcher)

        shown.process.kill()

        nothing_is_left(seen)


def test_a_demonstration_whose_watcher_ends_gets_another_and_leaves_none() -> None:
    with console(*HEADLESS, "--scenario", "calm") as shown:
        folder = shown.folder()
        shown.read_until("Ctrl-C ends it")
        (watcher,) = eventually(lambda: watchers_of(folder))

        for number in (signal.SIGHUP, signal.SIGKILL):
            watcher.send_signal(number)
            watcher = the_next(watcher, folder)

        seen = traces(folder)
        assert seen.watcher == watcher
        shown.process.terminate()
        nothing_is_left(seen)


def the_next(watcher: psutil.Process, folder: Path) -> psutil.Process:
    """The one watcher there is once another has ended."""
    eventually(lambda: not is_alive(watcher))
    (found,) = eventually(lambda: watchers_of(folder))
    assert found != watcher
    return found


def watchers_of(folder: Path) -> list[psutil.Process]:
    return [each for each in residents(folder) if "core.engine" in command(each)]


def test_a_backup_that_is_under_way_leaves_nothing_either() -> None:
    with console(*WITH_WATCHER) as shown:
        folder = shown.folder()

        def taking() -> bool:
            return any("core.schedule" in command(process) for process in residents(folder))

        eventually(taking, every=0.01)
        seen = traces(folder)

        shown.process.kill()

        nothing_is_left(seen)


def test_a_demonstration_goes_on_without_its_object_store() -> None:
    with DemoRun.start(Scenario.CALM) as demo:
        seen = traces(demo.state_folder.parent)

        seen.object_store.kill()

        assert "The S3 server ended before its time" in demo.notes()
        assert answers(seen.port)
    nothing_is_left(seen)


@pytest.mark.parametrize("step", ["Making its data folder", "Starting it", "It listens on"])
def test_a_console_that_is_killed_during_the_start_leaves_nothing(step: str) -> None:
    with console(*HEADLESS) as shown:
        folder = shown.folder()
        shown.read_until(step)
        processes = tuple(residents(folder))
        assert processes

        shown.process.kill()

        eventually(lambda: not folder.exists() and not list(residents(folder)))
        eventually(lambda: not [process for process in processes if is_alive(process)])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_to_the_supervisor_ends_the_demonstration(number: signal.Signals) -> None:
    with DemoRun.start(Scenario.CALM, timings=IMPATIENT) as demo:
        seen = traces(demo.state_folder.parent)

        seen.supervisor.send_signal(number)

        assert demo.wait(20)
        assert number.name in demo.end_reason
        nothing_is_left(seen)


def test_a_demonstration_ends_by_itself_when_its_time_is_up() -> None:
    with DemoRun.start(Scenario.CALM, minutes=0.01, timings=IMPATIENT) as demo:
        seen = traces(demo.state_folder.parent)

        assert demo.wait(20)
        assert demo.end_reason == "its time is up"
        nothing_is_left(seen)


def test_a_watcher_that_was_started_when_all_was_gone_already_is_ended_too() -> None:
    with DemoRun.start(Scenario.CALM, timings=IMPATIENT) as demo:
        seen = traces(demo.state_folder.parent)
        launch = demo.launch()
        seen.supervisor.terminate()
        nothing_is_left(seen)

        ensure_watcher(launch)
        late = list(residents(seen.folder))
        assert [process for process in late if "core.engine" in command(process)]

    nothing_is_left(replace(seen, processes=tuple(late)))


def test_a_console_whose_supervisor_was_killed_clears_up_when_it_is_left() -> None:
    with DemoRun.start(Scenario.CALM) as demo:
        seen = traces(demo.state_folder.parent)
        seen.supervisor.kill()
        assert demo.wait(20)

    nothing_is_left(seen)


def test_what_a_killed_supervisor_and_console_left_is_cleared_by_the_next_start() -> None:
    # The next start may be that of a test beside this one: then it was told there.
    assert any(_the_next_start_tells_that_it_cleared() for _ in range(3))


def _the_next_start_tells_that_it_cleared() -> bool:
    with console(*WITH_WATCHER) as shown:
        seen = shown.running("ready")
        seen.supervisor.kill()
        shown.process.kill()
        shown.process.wait()

    said: list[str] = []
    with DemoRun.start(Scenario.CALM, say=said.append):
        nothing_is_left(seen)
    return any(str(seen.folder) in line for line in said)


def test_who_clears_a_folder_away_is_not_ended_by_another_who_does(account: ServerAccount) -> None:
    left = ClaimedFolder(PREFIX, account)
    lock = take_over_from_a_dead_owner(left)

    assert left.path not in sweep(PREFIX)
    assert left.path.exists()

    os.close(lock)
    assert left.path in sweep(PREFIX)
    assert not left.path.exists()


def take_over_from_a_dead_owner(folder: ClaimedFolder) -> int:
    """What somebody has who is clearing ``folder`` away."""
    os.close(folder._lock)
    lock = take_over(folder.path / "owner")
    assert lock is not None
    return lock


@pytest.fixture
def elsewhere(account: ServerAccount) -> Iterator[Path]:
    """A place for temporary files where nobody looks who has another TMPDIR."""
    place = Path(tempfile.mkdtemp(dir="/var/tmp"))
    account.own(place)
    yield place
    end_residents(place)
    remove_folder(place)


def mentions(place: Path) -> list[Path]:
    """The notes that say that there may be folders in ``place``."""
    notes = Path("/var/tmp").glob(f"{PREFIX}note-*")
    return [note for note in notes if note.stat().st_uid == os.geteuid() and says(note, place)]


def says(note: Path, place: Path) -> bool:
    try:
        return note.read_text() == str(place)
    except FileNotFoundError:
        return False


def test_what_was_left_under_another_tmpdir_is_found_by_the_next_start(elsewhere: Path) -> None:
    with console(*WITH_WATCHER, tmpdir=elsewhere) as shown:
        seen = shown.running("ready")
        assert seen.folder.parent == elsewhere
        sweep(PREFIX)
        assert is_alive(seen.watcher)
        supervisor = seen.supervisor
        supervisor.kill()
        shown.process.kill()
        shown.process.wait()
    eventually(lambda: not is_alive(supervisor))
    assert seen.folder.exists()

    sweep(PREFIX)

    nothing_is_left(seen)
    assert not mentions(elsewhere)


def test_a_demonstration_under_another_tmpdir_takes_its_note_away(elsewhere: Path) -> None:
    with console(*HEADLESS, tmpdir=elsewhere) as shown:
        shown.folder()
        assert mentions(elsewhere)

        shown.process.terminate()

        eventually(lambda: not list(elsewhere.iterdir()) and not mentions(elsewhere))


def test_a_second_demonstration_leaves_the_first_alone() -> None:
    with DemoRun.start(Scenario.CALM) as first:
        seen = traces(first.state_folder.parent)
        with DemoRun.start(Scenario.CALM):
            pass
        assert all(is_alive(process) for process in (seen.supervisor, seen.workload))
        assert answers(seen.port)
