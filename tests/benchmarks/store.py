"""The store's figures: bytes of a day, a tick, a rewind step, a year charted.

``uv run python -m tests.benchmarks store [HOURS]`` simulates HOURS (24) of one busy server that
somebody looks at all the time, at the default pace.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from core.config.settings import StoreSettings
from core.model.process import Lease
from core.model.series import Metric
from core.model.statements import Statements
from core.store.minutes import MinuteSum
from core.store.moments import HOUR, to_micros
from core.store.names import Names
from core.store.sqlite import FILE_NAME, SqliteDatabase
from core.store.store import Store
from core.store.tables import sample_hour
from tests.benchmarks.simulated import START, SimulatedServer, due_at

DAY_BYTES = 100_000_000
STEP_MS = 150.0
YEAR_MS = 300.0


class SimulatedClock:
    """A clock that stands where it is put."""

    def __init__(self) -> None:
        self.at = START

    def now(self) -> datetime:
        """Where it stands."""
        return self.at

    def monotonic(self) -> float:
        """The machine's."""
        return time.monotonic()


def main() -> None:
    """Print every figure with its ratio to what it may be."""
    hours = float(sys.argv[2]) if len(sys.argv) > 2 else 24.0
    with tempfile.TemporaryDirectory() as folder:
        clock = SimulatedClock()
        store = Store.open(StoreSettings(), clock=clock, state_folder=Path(folder), migrate=True)
        ticks, cleanings = _simulate(store, clock, hours)
        _print_spread("write_tick", ticks)
        _print_spread("maintain", cleanings)
        _print_reading(store, clock)
        _print_steps(store)
        _print_size(store, Path(folder), hours)
        _print_year(store, clock)
        store.close()


def _simulate(store: Store, clock: SimulatedClock, hours: float) -> tuple[list[float], list[float]]:
    server = SimulatedServer()
    lease = _lease(store, server)
    minutes = MinuteSum(StoreSettings().statements_per_minute)
    ticks: list[float] = []
    cleanings: list[float] = []
    for second in range(round(hours * 3600)):
        due = due_at(second)
        if not due:
            continue
        clock.at = START + timedelta(seconds=second)
        snapshots = server.tick(clock.at, due)
        tick = partial(
            store.write_tick,
            lease,
            server.server_id,
            snapshots=snapshots,
            samples=server.samples(clock.at, due),
            statement_minutes=[
                minute
                for taken in snapshots
                if isinstance(taken.body, Statements)
                for minute in minutes.add(clock.at, taken.body)
            ],
        )
        ticks.append(_ms(tick))
        if second % 300 == 0:
            cleanings.append(_ms(store.maintain))
    return ticks, cleanings


def _lease(store: Store, server: SimulatedServer) -> Lease:
    lease = store.leases.acquire(f"server:{server.server_id}", "benchmark", 60)
    if lease is None:
        raise RuntimeError("the fresh store's lease is not free")
    return lease


def _print_reading(store: Store, clock: SimulatedClock) -> None:
    latest = store.snapshots.latest
    known = {subject: taken.taken_at for subject, taken in latest("simulated").items()}
    but_connections = {subject: at for subject, at in known.items() if subject != "connections"}
    for name, what in (
        ("latest, all subjects", {}),
        ("latest, new connections", but_connections),
        ("latest, nothing new", known),
    ):
        _print_spread(name, [_ms(partial(latest, "simulated", known=what)) for _ in range(50)])
    _print_spread("changed", [_ms(store.changed) for _ in range(50)])
    hour = [
        _ms(
            lambda: store.samples.several(
                "simulated", tuple(Metric), clock.at - timedelta(hours=1), clock.at, 120
            )
        )
        for _ in range(10)
    ]
    _print_spread("an hour of all series", hour)


def _print_steps(store: Store) -> None:
    moment: datetime | None = None
    steps = []
    for number in range(200):
        fresh = Store.open(StoreSettings(), state_folder=Path(store.location).parent, migrate=False)
        begun = time.perf_counter()
        moment = fresh.snapshots.step("simulated", moment, -1 - number)
        if moment is None:
            break
        fresh.snapshots.latest("simulated", at=moment)
        steps.append((time.perf_counter() - begun) * 1000)
        fresh.close()
    _print_spread("rewind step, nothing cached", steps, STEP_MS)


def _print_size(store: Store, folder: Path, hours: float) -> None:
    store.maintain()
    store.close()
    file = folder / FILE_NAME
    size = file.stat().st_size
    print(f"{'store after ' + format(hours, 'g') + ' h':32} {size / 1e6:9.1f} MB", end="")
    print(f"  {size / DAY_BYTES:5.2f} of {DAY_BYTES / 1e6:.0f} MB")


def _print_year(store: Store, clock: SimulatedClock) -> None:
    """A year of hours, as roll-ups leave it, charted over 200 columns."""
    database = SqliteDatabase(Path(store.location), clock=clock, busy_seconds=5, create=False)
    names = Names(database)
    server_ref = names.register_server("simulated")
    metric_ref = names.register_metric(Metric.CONNECTIONS_TOTAL.value)
    until = to_micros(clock.at) // HOUR * HOUR - 24 * HOUR
    rows = [
        {
            "server_ref": server_ref,
            "metric_ref": metric_ref,
            "at": until - number * HOUR,
            "low": 1.0,
            "high": 90.0,
            "total": 1800.0 * 40,
            "count": 1800,
        }
        for number in range(365 * 24)
    ]
    with database.writing() as connection:
        connection.execute(database.insert(sample_hour).on_conflict_do_nothing(), rows)
    database.close()
    again = Store.open(StoreSettings(), state_folder=Path(store.location).parent, migrate=False)
    year = timedelta(days=365)
    times = [
        _ms(
            lambda: again.samples.series(
                "simulated", Metric.CONNECTIONS_TOTAL, clock.at - year, clock.at, 200
            )
        )
        for _ in range(10)
    ]
    _print_spread("a year charted", times, YEAR_MS)
    again.close()


def _ms(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return (time.perf_counter() - begun) * 1000


def _print_spread(name: str, times: list[float], most: float | None = None) -> None:
    middle = statistics.median(times)
    print(f"{name:32} {middle:9.2f} ms  (worst {max(times):.1f})", end="")
    print("" if most is None else f"  {middle / most:5.2f} of {most:.0f} ms")
