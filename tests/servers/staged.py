"""Staging folders of runs that were killed, here or elsewhere."""

from __future__ import annotations

import json
import os
from pathlib import Path

from core.backup.staging import staged
from tests.servers.processes import dead_pid

BACKUP = "20261121T020000Z-full-00112233"
RUN = "job-1-aa"
ANOTHER_HOST = {"host": "db7 pid:[1]", "place": "another boot pid:[1]"}


def noted(root: Path, run_id: str = RUN, **told: object) -> Path:
    """Have the note of a run say something else."""
    note = root / run_id / "run.json"
    note.write_text(json.dumps(json.loads(note.read_bytes()) | told))
    return root / run_id


def die(root: Path, run_id: str = RUN, backup_id: str = BACKUP, **told: object) -> Path:
    """What a run leaves that was killed while it dumped."""
    with staged(root, run_id) as staging:
        staging.note("shop", backup_id, ["local"])
        (staging.dump / "1.dat").write_bytes(b"rows")
        left = root / f"{run_id}.kept"
        (root / run_id).rename(left)
    left.rename(root / run_id)
    return noted(root, run_id, pid=dead_pid(), pid_started=1.0, **told)


def grow_old(run: Path) -> None:
    """Have nothing been written there for long."""
    for each in (*run.rglob("*"), run):
        os.utime(each, (1, 1))
