"""Who is told to have done something: the person, not only the account that they work by."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing, suppress
from pathlib import Path

import pytest

from core.api import who
from core.store.local import account_name

ACCOUNT = pwd.getpwuid(os.geteuid()).pw_name


@pytest.mark.parametrize(
    ("login_uid", "environment", "person"),
    [
        (None, {}, "postgres"),
        (None, {"SUDO_USER": "anna"}, "anna"),
        (None, {"SUDO_USER": ""}, "postgres"),
        # What the kernel kept can't be made up.
        (os.geteuid(), {"SUDO_USER": "anna"}, ACCOUNT),
        (4_000_000_001, {}, "4000000001"),
    ],
)
def test_a_person_is_who_logged_in(
    login_uid: int | None, environment: dict[str, str], person: str
) -> None:
    assert who._person(login_uid, environment, "postgres") == person


def test_it_is_told_with_the_account_and_where_from(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(who, "_login_uid", lambda: None)
    monkeypatch.setenv("SSH_CLIENT", "192.0.2.7 50000 22")
    monkeypatch.delenv("SUDO_USER", raising=False)
    assert who.me() == f"{ACCOUNT}@192.0.2.7"
    monkeypatch.setenv("SUDO_USER", "anna")
    assert who.me() == f"anna as {ACCOUNT}@192.0.2.7"


NOBODYS_UID = 43_210
CAPABLE = "+dac_override,+dac_read_search"


def test_an_account_without_a_name_is_its_number() -> None:
    assert account_name(4_000_000_001) == "4000000001"
    assert account_name(os.geteuid()) == ACCOUNT


@pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("setpriv") is None, reason="only root can be anybody"
)
def test_a_container_without_an_entry_for_its_account_can_use_it_all(tmp_path: Path) -> None:
    config, state = tmp_path / "config.toml", tmp_path / "state"
    config.write_text(
        '[servers.shop]\nhost = "127.0.0.1"\nport = 1\nuser = "anna"\ndbname = "shop"\n'
    )
    state.mkdir()
    os.chown(state, NOBODYS_UID, NOBODYS_UID)
    as_nobody = ["setpriv", f"--reuid={NOBODYS_UID}", "--clear-groups"]
    # This interpreter may be where root alone can read.
    as_nobody += [f"--inh-caps={CAPABLE}", f"--ambient-caps={CAPABLE}"]
    program = Path(sys.executable).with_name("pgvigil")
    command = [program, f"--config={config}", f"--state-folder={state}", "status"]
    done = subprocess.run(
        [*as_nobody, *map(str, command)],
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "nothing listens at" in done.stdout, done
    with closing(sqlite3.connect(state / "store.sqlite3")) as store:
        begun = store.execute("SELECT os_user, pid FROM process").fetchall()
    for _, pid in begun:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
    assert {name for name, _ in begun} == {str(NOBODYS_UID)}
