"""Whoever is killed while writing: the store stays readable, whole ticks only, none lost."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from core.config.settings import StoreSettings
from core.model.series import Metric
from core.model.snapshot import Subject
from core.store.sqlite import FILE_NAME
from core.store.store import Store
from tests.contract.examples import NOW, SERVER, connections, seconds

WRITER = """
import os, sys
from pathlib import Path
from core.config.settings import StoreSettings
from core.model.snapshot import Subject
from core.store.store import Store
from tests.contract import examples
from tests.contract.examples import SERVER, connections, hold, seconds, taken, total
from datetime import datetime

store = Store.open(StoreSettings(), state_folder=Path(sys.argv[1]), migrate=True)
lease = hold(store)
now = examples.NOW = datetime.fromisoformat(sys.argv[3])
for number in range(int(sys.argv[2]), 10**9):
    at = now + seconds(number)
    body = connections(*(f"SELECT {number} FROM table_{row}" for row in range(number % 40)))
    store.write_tick(
        lease,
        SERVER,
        snapshots=[taken(at, Subject.CONNECTIONS, body), taken(at)],
        samples=[total(at, number)],
    )
    os.write(1, b"%d\\n" % number)
    if number % 50 == 0:
        store.maintain()
"""


def write_until_killed(folder: Path, first: int, seconds_alive: float) -> int:
    """The last tick that the writer said it had written."""
    command = [sys.executable, "-c", WRITER, str(folder), str(first), NOW.isoformat()]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        said = [int(writer.stdout.readline())]
        time.sleep(seconds_alive)
        writer.send_signal(signal.SIGKILL)
        said += [int(line) for line in writer.stdout.read().split(b"\n")[:-1]]
    return said[-1]


def test_every_tick_that_was_written_is_there_after_kill_9_and_the_next_goes_on(
    tmp_path: Path,
) -> None:
    dice = random.Random(1)
    written = 0
    for _ in range(6):
        written = write_until_killed(tmp_path, written + 1, dice.uniform(0, 0.3))

        store = Store.open(StoreSettings(), state_folder=tmp_path, migrate=False)
        newest = store.snapshots.latest(SERVER)
        last = round((newest[Subject.CONNECTIONS].taken_at - NOW) / seconds(1))
        assert last in (written, written + 1)
        assert newest[Subject.LINK].taken_at == newest[Subject.CONNECTIONS].taken_at
        for number in range(1, last + 1, max(1, last // 50)):
            seen = store.snapshots.latest(SERVER, at=NOW + seconds(number))
            assert seen[Subject.CONNECTIONS].body == connections(
                *(f"SELECT {number} FROM table_{row}" for row in range(number % 40))
            )
        chart = store.samples.series(
            SERVER, Metric.CONNECTIONS_TOTAL, NOW, NOW + seconds(last + 0.5), last
        )
        assert chart.points[-1].high == last
        with store._database.reading() as connection:
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"
        store.close()
        written = last
    assert (tmp_path / FILE_NAME).stat().st_size > 0
