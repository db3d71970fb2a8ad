"""A demonstration takes its backups by itself, and they restore without pgvigil."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.faults.demo_traces import HEADLESS, Console, console
from tests.servers.commands import completed
from tests.servers.waiting import eventually

pytestmark = pytest.mark.waits

# No workload writes to it.
PRODUCTS = "SELECT count(*), sum(hashtextextended(p::text, 0)) FROM products AS p"


def asked(options: list[str], *command: str) -> Any:
    """What another console is told about the demonstration."""
    done = completed(*options, *command, "--json")
    assert done.returncode in {0, 1}, done.stderr
    return json.loads(done.stdout)


def first_backup(options: list[str]) -> dict[str, Any]:
    """The first one, once all its copies are good."""

    def taken() -> dict[str, Any]:
        backups: list[dict[str, Any]] = asked(options, "backup", "list")
        copies = backups[-1]["copies"] if backups else []
        is_whole = len(copies) == 2 and all(copy["state"] == "complete" for copy in copies)
        return backups[-1] if is_whole else {}

    return eventually(taken, every=1)


def told(shown: Console) -> tuple[str, list[str]]:
    """Its superuser's URL, and the options for another console."""
    superuser = shown.read_until(r"as superuser:\s+(postgresql://\S+)")[1]
    command = shown.read_until(r"a console on it:\s+pgvigil (.*)")[1]
    return superuser, shlex.split(command)


@pytest.mark.parametrize("scenario", ["calm", "incident"])
def test_a_scheduled_backup_stands_verified_in_two_copies_and_each_restores(
    scenario: str, tmp_path: Path
) -> None:
    with console(*HEADLESS, "--scenario", scenario) as shown:
        folder = shown.folder()
        superuser, options = told(shown)

        backup = first_backup(options)

        assert {copy["repository"]: copy["level"] for copy in backup["copies"]} == {
            "local": "sealed",
            "s3": "sealed",
        }
        runs = asked(options, "schedule", "history")["runs"]
        assert [run["state"] for run in runs if run["schedule"] == "full"] == ["done"]
        for repository in (folder / "backups", folder / "s3" / "buckets" / "backups"):
            (place,) = repository.glob(f"*/{backup['backup_id']}")
            restored = restore(place, folder, superuser, tmp_path / repository.parent.name)
            assert products(restored) == products(superuser)


def restore(place: Path, folder: Path, superuser: str, out: Path) -> str:
    """Into a new database of the demonstration's server, with what lies beside the backup alone."""
    opened = subprocess.run(
        [
            *(sys.executable, "-I", place / "break-glass.py", out),
            *("--key-file", folder / "main.key"),
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    name = f"restored_{out.name.replace('-', '_')}"
    target = re.sub(r"/shop$", f"/{name}", superuser)
    with psycopg.connect(superuser, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template0".encode())
    advice = next(line for line in opened.stdout.splitlines() if "pg_restore" in line)
    _, *options, archive = shlex.split(advice)
    options[options.index("-d") + 1] = target
    program = folder / "postgresql" / "bin" / "pg_restore"
    subprocess.run([program, *options, archive], check=True, timeout=120)
    return target


def products(dsn: str) -> tuple[Any, ...] | None:
    with psycopg.connect(dsn) as connection:
        return connection.execute(PRODUCTS).fetchone()
