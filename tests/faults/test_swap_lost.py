"""A swap whose connection is lost on the way: what came of it is looked at, not guessed.

A session whose process stands still keeps the exchange waiting, with the live database closed.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from core.postgres.embedded import EmbeddedServer, Programs, ServerAccount, StopMode
from tests.faults.live_orders import LIVE, SOUND, make_live
from tests.servers.backing_up import backup_site
from tests.servers.backup_host import Host
from tests.servers.factory import ServerFactory
from tests.servers.watching import until

pytestmark = pytest.mark.fault

DAMAGED = 3
_OPEN = "SELECT datallowconn FROM pg_database WHERE datname = %s"
_LOSE = """
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
 WHERE pid <> pg_backend_pid() AND backend_type = 'client backend' AND datname <> %s
"""
_COMMITTING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"


@dataclass
class Stage:
    """A server whose live database lost most rows after its backup."""

    host: Host
    server: EmbeddedServer

    def ask(self, question: str, *values: object) -> list[tuple[object, ...]]:
        with psycopg.connect(self.server.dsn(), autocommit=True) as connection:
            return connection.execute(question.encode(), values or None).fetchall()

    def do(self, *statements: str, name: str = "postgres") -> None:
        with psycopg.connect(self.server.dsn(name), autocommit=True) as connection:
            for each in statements:
                connection.execute(each.encode())

    def rows(self, name: str = LIVE) -> int:
        with psycopg.connect(self.server.dsn(name)) as connection:
            (count,) = connection.execute("SELECT count(*) FROM orders").fetchone() or (0,)
        return int(count)

    def others(self) -> set[str]:
        found = self.ask("SELECT datname FROM pg_database WHERE NOT datistemplate")
        return {str(name) for (name,) in found} - {"postgres", LIVE}

    @contextmanager
    def held(self, *words: object) -> Iterator[subprocess.Popen[str]]:
        """A command that waits in the exchange, the live database closed, until the end of it."""
        with psycopg.connect(self.server.dsn(LIVE)) as connection:
            pid = connection.info.backend_pid
            os.kill(pid, signal.SIGSTOP)
            process = self.host.restores.start(*words)
            try:
                until(lambda: self.ask(_OPEN, LIVE) == [(False,)], seconds=60)
                yield process
            finally:
                with suppress(ProcessLookupError):  # where the server was stopped meanwhile
                    os.kill(pid, signal.SIGCONT)

    def swap(self, folder: Path) -> tuple[object, ...]:
        plan = folder / "swap.plan"
        plan.unlink(missing_ok=True)
        code, out, err = self.host.restores.run("plan", "--swap", "--out", plan)
        assert code == 0, (out, err)
        return ("run", plan, "--confirm", LIVE)

    def newest(self) -> dict[str, object]:
        return dict(self.host.restores.told("list")[0])


@pytest.fixture(scope="module")
def made(
    programs: Programs,
    servers_folder: Path,
    account: ServerAccount,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Stage]:
    factory = ServerFactory(servers_folder, programs, account)
    try:
        server = factory()
        make_live(server)
        with backup_site(tmp_path_factory.mktemp("host"), server, server.dsn(LIVE)) as site:
            site.take()
            yield Stage(Host(site), server)
    finally:
        factory.remove_all()


@pytest.fixture
def stage(made: Stage) -> Stage:
    for name in made.others():
        made.do(f'DROP DATABASE "{name}" WITH (FORCE)')
    made.do(f"DELETE FROM orders WHERE id > {DAMAGED}", name=LIVE)
    return made


def test_a_swap_whose_session_is_ended_opens_the_live_database_again(
    stage: Stage, tmp_path: Path
) -> None:
    with stage.held(*stage.swap(tmp_path)) as process:
        stage.ask(_LOSE, LIVE)
        out, err = process.communicate(timeout=60)
    assert process.returncode != 0
    assert "is as it was, and open" in out + err
    assert stage.rows() == DAMAGED
    (proven,) = stage.others()
    assert stage.rows(proven) == SOUND
    failed = stage.newest()
    assert failed["status"] == "failed"
    code, out, err = stage.host.restores.run(*stage.swap(tmp_path))
    assert (code, stage.rows()) == (0, SOUND), (out, err)
    assert proven in stage.others(), "it was promised to stay"
    lost = str(failed["restore"])
    assert stage.host.restores.run("undo", lost, "--confirm", proven)[0] == 0
    assert proven not in stage.others()


def test_a_swap_lost_at_its_commit_counts_as_done_and_can_be_undone(
    stage: Stage, tmp_path: Path
) -> None:
    """A commit that waits for a standby is there already when its session is ended."""
    with stage.held(*stage.swap(tmp_path)) as process:
        stage.do("ALTER SYSTEM SET synchronous_standby_names = 'nobody'", "SELECT pg_reload_conf()")
        until(lambda: stage.ask("SHOW synchronous_standby_names") == [("nobody",)])
    try:
        until(lambda: stage.ask(_COMMITTING) == [(1,)], seconds=60)
        stage.ask(_LOSE, LIVE)
    finally:
        stage.do("ALTER SYSTEM RESET synchronous_standby_names", "SELECT pg_reload_conf()")
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, (out, err)
    assert stage.rows() == SOUND
    listed = stage.newest()
    assert (listed["status"], listed["verdict"]) == ("completed", "proven")
    code, out, err = stage.host.restores.run("undo", "last", "--confirm", LIVE)
    assert (code, stage.rows()) == (0, DAMAGED), (out, err)


@pytest.mark.parametrize("kind", ["swap", "undo"])
def test_where_the_server_does_not_answer_the_next_command_opens_the_live_database(
    stage: Stage, tmp_path: Path, kind: str
) -> None:
    words = stage.swap(tmp_path)
    if kind == "undo":
        assert stage.host.restores.run(*words)[0] == 0
        words = ("undo", "last", "--confirm", LIVE)
    config = stage.host.config.read_text()
    stage.host.config.write_text(config.replace("[dump]", "[dump]\nlock_wait_seconds = 1"))
    try:
        with stage.held(*words) as process:
            stage.server.stop(StopMode.IMMEDIATE)
        out, err = process.communicate(timeout=60)
    finally:
        stage.host.config.write_text(config)
        stage.server.start()
    assert process.returncode != 0
    assert "is not known" in out + err
    assert stage.ask(_OPEN, LIVE) == [(False,)]
    assert stage.newest()["status"] == ("failed" if kind == "swap" else "completed")
    assert stage.rows() == (DAMAGED if kind == "swap" else SOUND)


def test_a_plan_is_refused_once_another_database_bears_the_live_name(
    stage: Stage, tmp_path: Path
) -> None:
    words = stage.swap(tmp_path)
    assert stage.host.restores.run(*words)[0] == 0
    code, out, err = stage.host.restores.run(*words)
    assert (code, "does not hold any more" in out + err) == (2, True), (out, err)
    assert "live database" in out + err
    assert len(stage.others()) == 1
