"""``pgvigil key``: what a person or a script does with keys, run as a program of its own."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from core.backup.keys.key_file import key_from_text
from core.backup.keys.recovery import recovery_lines
from core.backup.keys.ring import KeyRing
from core.backup.keys.wraps_file import read_wraps
from core.config.settings import StoreSettings
from core.store.store import Store
from tests.servers.commands import PGVIGIL, completed
from tests.unit.backup.break_glass.backups_on_disk import FULL, write_backup

LINE = re.compile(r"^  \d   ([0-9A-Z]{5}-[0-9A-Z]{5}-[0-9A-Z]{5})\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine with a config, a state folder, and a folder for backups."""

    home: Path

    @property
    def backups(self) -> Path:
        return self.home / "backups"

    def configure(self, text: str) -> None:
        repository = f'[repositories.local]\nkind = "folder"\npath = "{self.backups}"\n'
        path = self.home / "config" / "pgvigil" / "config.toml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(repository + text)

    def environment(self, **more: str) -> dict[str, str]:
        folders = {"XDG_CONFIG_HOME": "config", "XDG_STATE_HOME": "state", "HOME": ""}
        ours = {name: str(self.home / folder) for name, folder in folders.items()}
        return {**os.environ, **ours, **more}

    def run(
        self, *arguments: str, given: str = "", **more: str
    ) -> subprocess.CompletedProcess[str]:
        return completed("key", *arguments, given=given, environment=self.environment(**more))

    def document(self, *arguments: str, given: str = "", **more: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(
            self.run(*arguments, "--json", given=given, **more).stdout
        )
        return found

    def key_file(self, name: str = "main") -> Path:
        return self.home / "config" / "pgvigil" / "keys" / f"{name}.key"

    def ring(self, name: str = "main") -> KeyRing:
        return KeyRing(key_from_text(self.key_file(name).read_text()))

    def audit(self) -> list[tuple[str, str]]:
        state = self.home / "state" / "pgvigil"
        store = Store.open(StoreSettings(), state_folder=state, migrate=False)
        try:
            entries = store.audit.entries(100)
            return [(entry.action, entry.target) for entry in reversed(entries)]
        finally:
            store.close()


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    made = Machine(tmp_path)
    made.backups.mkdir()
    made.configure("")
    return made


def on_a_terminal(machine: Machine, answers: Mapping[str, Any], *arguments: str) -> tuple[int, str]:
    """Run ``pgvigil key`` on a terminal; an answer is a function of what was shown before."""
    mine, its = pty.openpty()
    command = [*PGVIGIL, "key", *arguments]
    environment = machine.environment(TERM="xterm", COLUMNS="200")
    with subprocess.Popen(
        command, stdin=its, stdout=its, stderr=its, env=environment, start_new_session=True
    ) as running:
        os.close(its)
        watchdog = threading.Timer(120, running.kill)
        watchdog.start()
        shown, answered = "", 0
        while True:
            try:
                part = os.read(mine, 4096)
            except OSError:
                break
            if not part:
                break
            shown += part.decode()
            for question, answer in answers.items():
                if re.search(question, shown[answered:]):
                    answered = len(shown)
                    os.write(mine, f"{answer(shown)}\n".encode())
        watchdog.cancel()
    os.close(mine)
    return running.returncode, shown.replace("\r\n", "\n")


def the_line_asked_for(shown: str) -> str:
    number = int(re.findall(r"Line (\d) of the recovery key: $", shown)[-1])
    return str(LINE.findall(shown.replace("\r\n", "\n"))[number - 1])


def test_on_a_terminal_a_key_is_made_shown_and_confirmed(machine: Machine) -> None:
    answers = {r"Line \d of the recovery key: $": the_line_asked_for}
    code, shown = on_a_terminal(machine, answers, "init")
    assert code == 0, shown
    key = machine.ring().primary
    assert key is not None
    assert tuple(LINE.findall(shown)) == recovery_lines(key)
    assert "Confirmed" in shown
    assert machine.key_file().stat().st_mode & 0o777 == 0o600
    assert machine.audit() == [("make key", "key main"), ("confirm recovery key", "key main")]
    assert machine.run("list").returncode == 0


def test_without_a_terminal_the_recovery_key_is_shown_to_nobody(machine: Machine) -> None:
    done = machine.run("init")
    assert done.returncode == 0, done.stderr
    key = machine.ring().primary
    assert key is not None
    assert not any(line in done.stdout + done.stderr for line in recovery_lines(key))
    exported = machine.run("export")
    assert exported.returncode == 64
    assert not any(line in exported.stdout + exported.stderr for line in recovery_lines(key))
    assert machine.run("export", "--show").stdout.split() == list(recovery_lines(key))
    assert ("show recovery key", "key main") in machine.audit()


def test_a_key_is_made_once(machine: Machine) -> None:
    machine.run("init")
    before = machine.key_file().read_bytes()
    again = machine.run("init")
    assert again.returncode == 3
    assert "never overwritten" in again.stderr
    assert machine.key_file().read_bytes() == before


def test_a_key_is_made_beside_the_config_that_was_named_and_found_there(
    machine: Machine, tmp_path: Path
) -> None:
    config = tmp_path / "elsewhere" / "pgvigil.toml"
    config.parent.mkdir()
    config.write_text("")
    made = machine.run("init", "--config", str(config))
    assert made.returncode == 0, made.stderr
    beside = config.parent / "keys" / "main.key"
    assert str(beside) in made.stdout
    assert beside.stat().st_mode & 0o777 == 0o600
    assert not machine.key_file().exists()
    found = machine.document("list", "--config", str(config))
    assert found["keys"][0]["place"] == f"file {beside}"


def test_a_script_confirms_with_a_line_of_what_was_kept(machine: Machine) -> None:
    shown = machine.document("init", "--show")
    assert machine.run("list").returncode == 1
    wrong = machine.run("confirm", "--line", "2", given=f"{shown['recovery_key'][0]}\n")
    assert wrong.returncode == 3
    assert "Line 2" in wrong.stderr
    done = machine.run("confirm", "--line", "2", given=f"{shown['recovery_key'][1]}\n")
    assert done.returncode == 0, done.stderr
    (listed,) = machine.document("list")["keys"]
    assert listed["key_id"] == shown["key_id"]
    assert listed["confirmed_at"] is not None


def test_a_key_from_paper_opens_what_was_sealed_before_the_machine_was_lost(
    machine: Machine,
) -> None:
    kept = machine.document("init", "--show")["recovery_key"]
    write_backup(machine.backups / "orders", machine.ring(), {"toc.dat": b"x"})
    machine.key_file().unlink()
    lost = machine.run("verify")
    assert lost.returncode == 2
    assert "NOT OPENED  local" in lost.stdout
    done = machine.run("import", given="\n".join(kept))
    assert done.returncode == 0, done.stderr
    assert machine.run("verify").returncode == 0


def test_a_rotation_says_that_a_running_backup_may_need_the_old_key_and_takes_it_for_needed(
    machine: Machine,
) -> None:
    machine.run("init")
    write_backup(machine.backups / "orders", machine.ring(), {"toc.dat": b"x"})
    machine.configure('[encryption]\nkey = "new"\n[keys.new]\n[keys.main]\n')
    machine.run("init", "new")
    state = machine.home / "state" / "pgvigil"
    store = Store.open(StoreSettings(), state_folder=state, migrate=False)
    lease = store.leases.acquire("backup:orders/shop", "anna@bastion", 60)
    assert lease is not None
    done = machine.run("rotate", "--yes")
    assert done.returncode == 1
    assert "A BACKUP IS RUNNING  orders/shop" in done.stdout
    assert "needed for none" not in done.stdout
    assert machine.document("rotate")["repositories"]["local"]["running"] == ["orders/shop"]
    store.leases.release(lease)
    store.close()
    done = machine.run("rotate", "--yes")
    assert (done.returncode, "RUNNING" in done.stdout) == (0, False)


def test_a_rotation_knows_a_backup_of_another_host_by_what_it_writes(machine: Machine) -> None:
    machine.run("init")
    machine.configure('[encryption]\nkey = "new"\n[keys.new]\n[keys.main]\n')
    machine.run("init", "new")
    backup_id = "20261121T020000Z-full-0a1b2c3d"
    sign = machine.backups / "orders" / backup_id / "running.json"
    sign.parent.mkdir(parents=True)
    sign.write_text("{}")
    done = machine.run("rotate", "--yes")
    assert done.returncode == 1, done.stderr
    assert f"A BACKUP IS RUNNING  orders/{backup_id}" in done.stdout
    two_days_ago = time.time() - 2 * 86_400
    os.utime(sign, (two_days_ago, two_days_ago))
    assert machine.run("rotate", "--yes").returncode == 0
    os.utime(sign)
    (sign.parent / "manifest.sealed").touch()
    assert machine.run("rotate", "--yes").returncode == 0


def test_a_rotation_brings_backups_under_the_new_key(machine: Machine) -> None:
    machine.run("init")
    write_backup(machine.backups / "orders", machine.ring(), {"toc.dat": b"x"})
    machine.configure('[encryption]\nkey = "new"\n[keys.new]\n[keys.main]\n')
    machine.run("init", "new")
    refused = machine.run("rotate", given="n\n")
    assert "1 of 1 backups are not under key new" in refused.stdout
    assert refused.returncode == 64
    done = machine.run("rotate", given="y\n")
    assert done.returncode == 0, done.stderr
    assert "1 backups rewrapped" in done.stdout
    assert ("rotate key", "repository local") in machine.audit()
    content = (machine.backups / "orders" / FULL / "wraps.json").read_bytes()
    new = machine.ring("new").primary
    assert new is not None
    assert read_wraps(content, backup_id=FULL).key_ids == {new.key_id}
    away = f'[repositories.away]\nkind = "folder"\npath = "{machine.home / "away"}"\n'
    machine.configure('[encryption]\nkey = "new"\n[keys.new]\n[keys.main]\n' + away)
    done = machine.run("rotate", "--yes")
    assert done.returncode == 3
    assert "1 were already" in done.stdout
    assert "NOT DONE TO ITS END" in done.stdout
    assert "Rotate again when away can be used" in done.stdout
    done = machine.run("verify")
    assert (done.returncode, "1 of 1 backups open" in done.stdout) == (3, True)
    assert "NOT REACHED  away" in done.stdout


def test_a_backup_that_needs_a_key_which_is_gone_makes_the_rotation_incomplete(
    machine: Machine,
) -> None:
    machine.run("init")
    write_backup(machine.backups / "orders", machine.ring(), {"toc.dat": b"x"})
    machine.configure('[encryption]\nkey = "new"\n[keys.new]\n')
    machine.run("init", "new")
    done = machine.run("rotate", "--yes")
    assert done.returncode == 1
    assert "STILL UNDER AN OLDER KEY" in done.stdout


def test_a_passphrase_becomes_a_key_that_stays_the_same(machine: Machine) -> None:
    machine.configure('[keys.main]\npassphrase_env = "PHRASE"\n')
    phrase = {"PHRASE": "six words that were drawn by lot"}
    before = machine.document("list", **phrase)["keys"][0]
    assert "pgvigil key init main" in before["problem"] or "no salt" in before["problem"]
    made = machine.document("init", **phrase)
    assert machine.document("list", **phrase)["keys"][0]["key_id"] == made["key_id"]
    assert machine.run("init", **phrase).returncode == 3
    assert machine.run("init", PHRASE="too short").returncode == 78


def test_a_key_that_a_vault_will_hold_is_shown_to_be_put_there(machine: Machine) -> None:
    machine.configure('[keys.main]\nenv = "THE_KEY"\n')
    assert machine.run("init").returncode == 64
    shown = machine.document("init", "--show")
    assert not shown["stored"]
    key = " ".join(shown["recovery_key"])
    assert machine.document("list", THE_KEY=key)["keys"][0]["key_id"] == shown["key_id"]
    again = machine.run("init", "--show", THE_KEY=key)
    assert again.returncode == 3
    assert "already" in again.stderr


@pytest.mark.parametrize("arguments", [("init", "gone"), ("import", "gone")])
def test_a_key_that_the_config_does_not_have_is_refused(
    machine: Machine, arguments: tuple[str, ...]
) -> None:
    done = machine.run(*arguments)
    assert done.returncode in {3, 78}
    assert not list(machine.home.rglob("*.key"))


@pytest.mark.parametrize("what", ["verify", "rotate"])
def test_a_repository_that_there_is_not_is_the_config_s_affair(machine: Machine, what: str) -> None:
    machine.run("init")
    done = machine.run(what, "elsewhere", "--yes")
    assert done.returncode == 78
    assert "There is no repository 'elsewhere'" in done.stderr
