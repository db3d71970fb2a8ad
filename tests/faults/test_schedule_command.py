"""``pgvigil schedule`` and ``pgvigil jobs``: what a person or a script sees and gets back."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from core.config.settings import StoreSettings
from core.model.job import JobState
from core.store.store import Store
from tests.servers.jobs import yard
from tests.servers.waiting import eventually
from tui.cli import main

CONFIG = """\
[servers.shop]
host = "db.example.com"
[servers.blog]
host = "db.example.com"
[backup]
copies = ["local"]
[repositories.local]
path = "/srv/backups"
[jobs]
report_seconds = 0.05
[[schedules]]
name = "schema"
servers = ["shop"]
before = { command = ["/bin/false"] }
[[schedules]]
name = "archive"
enabled = false
"""

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


@pytest.fixture
def run(tmp_path: Path, state: Path, capfd: pytest.CaptureFixture[str]) -> Run:
    """Runs pgvigil; gives its exit code and what it said."""
    config = tmp_path / "config.toml"
    config.write_text(CONFIG)

    def ran(*arguments: str) -> tuple[int, str]:
        capfd.readouterr()
        code = main([*arguments, "--config", str(config), "--state-folder", str(state)])
        said = capfd.readouterr()
        return code, said.out + said.err

    return ran


def document(run: Run, *arguments: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run(*arguments, "--json")[1])
    return found


def test_schedules_are_listed_in_words(run: Run) -> None:
    code, said = run("schedule", "list", "shop")
    assert code == 0
    assert "shop  full  full  next " in said
    assert "At 02:00 every day (UTC)  [0 2 * * *]" in said
    assert "Every hour from 09:00 to 17:00 on Monday to Friday (UTC)" in said
    assert "archive" not in said
    assert "blog" not in said


def test_it_is_said_that_they_fire_only_while_somebody_looks(run: Run) -> None:
    assert "fire only while a console is open" in run("schedule", "list")[1]
    assert document(run, "schedule", "list")["service"] is False


def test_programs_get_every_schedule_of_every_server(run: Run) -> None:
    listed = document(run, "schedule", "list")["schedules"]
    names = sorted((each["server"], each["name"]) for each in listed)
    assert len(names) == 11
    assert ("shop", "schema") in names
    assert ("blog", "schema") not in names


def test_the_next_runs_come_in_their_order(run: Run) -> None:
    runs = document(run, "schedule", "next", "--count", "20")["runs"]
    moments = [datetime.fromisoformat(each["at"]) for each in runs]
    assert len(moments) == 20
    assert moments == sorted(moments)
    assert moments[0] - datetime.now(UTC) <= timedelta(days=1)
    assert len(run("schedule", "next")[1].splitlines()) == 10
    assert {each["at"][11:16] for each in runs if each["schedule"] == "full"} == {"02:00"}
    assert {each["server"] for each in runs} == {"shop", "blog"}


def test_a_paused_schedule_says_so_and_does_not_come_next(run: Run) -> None:
    assert run("schedule", "pause", "full", "--server", "shop") == (0, "full is paused\n")
    assert run("schedule", "pause", "full", "--server", "shop")[0] == 1
    assert "shop  full  full  PAUSED" in run("schedule", "list")[1]
    upcoming = document(run, "schedule", "next", "shop", "--count", "50")["runs"]
    assert "full" not in {each["schedule"] for each in upcoming}
    assert run("schedule", "resume", "full", "--server", "shop") == (0, "full fires again\n")
    assert run("schedule", "resume", "full", "--server", "shop")[0] == 1


def test_pausing_is_in_the_audit_log(run: Run, state: Path) -> None:
    run("schedule", "pause", "full", "--server", "shop")
    store = Store.open(StoreSettings(), state_folder=state, migrate=True)
    [entry] = store.audit.entries(5)
    store.close()
    assert (entry.action, entry.target) == ("pause schedule", "full of shop")


def test_where_several_servers_have_a_schedule_one_has_to_be_named(run: Run) -> None:
    code, said = run("schedule", "pause", "full")
    assert (code, "say which one: --server NAME" in said) == (64, True)
    assert run("schedule", "pause", "schema")[0] == 0


def test_a_misspelt_name_is_told_with_the_nearest(run: Run) -> None:
    assert "did you mean full?" in run("schedule", "pause", "fulll")[1]
    assert "did you mean shop?" in run("schedule", "list", "shpo")[1]
    assert run("schedule", "pause")[0] == 64


def test_run_now_follows_the_job_and_tells_how_it_failed(run: Run) -> None:
    code, said = run("schedule", "run", "schema")
    assert code == 2
    assert "failed: The program /bin/false failed" in said
    assert "do:  run it by hand" in said
    [job] = document(run, "jobs", "list")["jobs"]
    assert (job["state"], job["schedule"], job["server"]) == ("failed", "schema", "shop")


def test_run_now_can_leave_the_job_alone(run: Run) -> None:
    code, said = run("schedule", "run", "schema", "--detach")
    assert (code, "pgvigil jobs attach" in said) == (0, True)
    assert run("jobs", "attach", "last")[0] == 2


def test_a_job_is_followed_from_another_terminal(run: Run, tmp_path: Path) -> None:
    (tmp_path / "go").touch()
    with yard(tmp_path) as here:
        job_id = here.start("wait", file=str(tmp_path / "go"))
        code, said = run("jobs", "attach", job_id[-8:])
        assert code == 0
        assert "half of it is done" in said
        assert f"job {job_id} done: took 1000 bytes" in said


def test_who_follows_a_job_that_is_killed_is_told(run: Run, tmp_path: Path) -> None:
    with yard(tmp_path) as here:
        job_id = here.start("wait", file=str(tmp_path / "never"))
        os.kill(here.working(job_id).pid, signal.SIGKILL)
        code, said = run("jobs", "attach", job_id)
        assert (code, "interrupted: its process" in said) == (2, True)


def test_a_job_is_cancelled(run: Run, tmp_path: Path) -> None:
    with yard(tmp_path) as here:
        job_id = here.start("wait", file=str(tmp_path / "never"))
        here.working(job_id)
        code, said = run("jobs", "cancel", job_id)
        assert (code, f"job {job_id} cancelled" in said) == (0, True)
        assert run("jobs", "cancel", job_id)[0] == 1
        assert run("jobs", "attach", job_id)[0] == 1


def test_what_runs_is_listed_with_how_far_it_is(run: Run, tmp_path: Path) -> None:
    with yard(tmp_path) as here:
        job_id = here.start("wait", file=str(tmp_path / "go"))
        here.working(job_id)
        code, said = run("jobs", "list")
        assert code == 0
        assert f"{job_id}  running  backup  shop" in said
        assert "verify  [........................] 0 %" in said
        (tmp_path / "go").touch()
        assert here.ended(job_id).state is JobState.DONE
        eventually(lambda: "took 1000 bytes" in run("jobs", "list")[1])


def test_a_job_that_there_is_not_is_told(run: Run) -> None:
    code, said = run("jobs", "attach", "nothing")
    assert (code, "No job is meant by nothing" in said) == (64, True)
    assert run("jobs", "list") == (0, "There are no jobs yet.\n")


def test_without_anything_scheduled_it_says_how_to_change_that(run: Run, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('[servers.shop]\nhost = "h"\n')
    assert "name a repository in [backup] copies" in run("schedule", "list")[1]


@pytest.mark.parametrize(
    "command",
    [("schedule", "list"), ("schedule", "history"), ("schedule", "next"), ("jobs", "list")],
)
def test_a_server_that_there_is_not_is_not_one_without_anything_yet(
    run: Run, command: tuple[str, str]
) -> None:
    code, said = run(*command, "shpo")
    assert (code, "did you mean shop?" in said) == (64, True)
    assert "yet" not in said
