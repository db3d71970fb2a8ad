"""What a plan says that a restore will take, beside what it takes.

``uv run python -m tests.benchmarks predictions [SHARE] [RUNS]``: the dataset of the backup figures,
restored RUNS (4) times as jobs do it; from the second on, the plan's seconds by the runs before,
and their ratio to the real ones.
"""

from __future__ import annotations

import sys

from core.api.restores import RestoreRequest, Restores
from core.model.restore_operation import RestoreOperation
from tests.benchmarks.backups import say
from tests.benchmarks.dataset import dataset
from tests.servers.backing_up import SERVER, backup_site


def main() -> None:
    """Print each run, and how near its prediction was."""
    share = float(sys.argv[2]) if len(sys.argv) > 2 else 1.0
    runs = int(sys.argv[3]) if len(sys.argv) > 3 else 4
    with (
        dataset(share) as (server, dsn, folder),
        backup_site(folder / "host", server, dsn) as site,
    ):
        site.take()
        _measure(Restores(site.settings, site.store, site.state), runs)


def _measure(restores: Restores, runs: int) -> None:
    for number in range(runs):
        done = _restored(restores, f"run_{number}")
        for each in done.phases:
            expected = "" if each.expected is None else f"{each.expected:8.2f} s expected"
            print(f"  {each.name:<26}{each.took or 0.0:8.2f} s{expected}")
        print(f"run {number + 1}: {done.seconds or 0.0:.2f} s, {done.staged_bytes} bytes unpacked")
        if done.expected_seconds is not None and done.seconds:
            say("predicted ÷ real", done.expected_seconds / done.seconds, "0.7 to 1.3 after three")


def _restored(restores: Restores, name: str) -> RestoreOperation:
    plan = restores.plan(restores.wish(RestoreRequest(SERVER, name=name)))
    job = restores.follow(restores.start(plan), lambda _: None)
    done = restores.find(job.job_id)
    assert not done.differences, done
    restores.undo(done)
    return done


if __name__ == "__main__":
    main()
