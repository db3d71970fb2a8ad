"""A server that changes plausibly: what a day of its snapshots and samples would be."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from core.model.connections import Backend, BackendState, Connections, Count
from core.model.cost import SelfCost
from core.model.databases import DatabaseDelta, Databases
from core.model.health import Area, Assessment, Finding, Health, Severity
from core.model.series import Metric, Sample
from core.model.server import ConnectionSlots, Link, LinkState, Platform, ServerInfo
from core.model.snapshot import Body, Snapshot, Subject
from core.model.statements import StatementDelta, StatementKey, Statements

START = datetime(2026, 3, 2, tzinfo=UTC)
_TABLES = ("orders", "users", "items", "payments", "carts", "events", "sessions", "stock")
_SLOTS = ConnectionSlots(200, 3, 0)


def _text(dice: random.Random, number: int) -> str:
    table = dice.choice(_TABLES)
    columns = ", ".join(f"{table}.column_{dice.randint(1, 40)}" for _ in range(dice.randint(3, 12)))
    return (
        f"SELECT {columns} FROM {table} JOIN {dice.choice(_TABLES)} USING (id) "
        f"WHERE {table}.tenant_id = $1 AND created_at > $2 AND kind_{number} = $3 "
        f"ORDER BY created_at DESC LIMIT $4"
    )


@dataclass
class _Session:
    pid: int
    started: datetime
    state: BackendState
    since: datetime
    query: int
    waits: bool = False


@dataclass
class SimulatedServer:
    """Gives the snapshots and samples of each moment; the same seed gives the same server."""

    server_id: str = "simulated"
    backends: int = 100
    statements: int = 100
    dice: random.Random = field(default_factory=lambda: random.Random(7))

    def __post_init__(self) -> None:
        self._texts = [_text(self.dice, number) for number in range(self.statements)]
        self._ids = [self.dice.getrandbits(63) - 2**62 for _ in self._texts]
        self._sessions = [
            _Session(
                10_000 + 17 * number,
                START - timedelta(seconds=self.dice.randint(0, 80_000)),
                BackendState.IDLE,
                START,
                self.dice.randrange(self.statements),
            )
            for number in range(self.backends)
        ]

    def tick(self, at: datetime, due: frozenset[Subject]) -> tuple[Snapshot, ...]:
        """The snapshots of the subjects that are ``due``."""
        bodies: dict[Subject, tuple[float, Body]] = {}
        self._move(at)
        if Subject.CONNECTIONS in due:
            bodies[Subject.CONNECTIONS] = (2, self._connections(at))
        if Subject.STATEMENTS in due:
            bodies[Subject.STATEMENTS] = (5, self._statements(at))
        if Subject.DATABASES in due:
            bodies[Subject.DATABASES] = (10, self._databases(at))
        if Subject.SERVER in due:
            bodies[Subject.SERVER] = (30, self._server(at))
            bodies[Subject.COST] = (30, SelfCost(self.dice.uniform(90, 110), 6000, 60, 600))
        if Subject.ASSESSMENT in due:
            bodies[Subject.ASSESSMENT] = (2, self._assessment(at))
            bodies[Subject.LINK] = (2, Link(LinkState.CONNECTED, START))
        return tuple(
            Snapshot(self.server_id, subject, at, pace, body)
            for subject, (pace, body) in bodies.items()
        )

    def samples(self, at: datetime, due: frozenset[Subject]) -> list[Sample]:
        """One value of each metric of the subjects that are ``due``."""
        subjects = {"self" if subject is Subject.SERVER else subject.value for subject in due}
        return [
            Sample(metric, at, self.dice.gauss(100, 20))
            for metric in Metric
            if metric.value.partition(".")[0] in subjects
        ]

    def _move(self, at: datetime) -> None:
        """A tenth of the sessions do something else, as in a pool of busy web workers."""
        for session in self.dice.sample(self._sessions, self.backends // 10):
            session.state = self.dice.choices(
                (BackendState.IDLE, BackendState.ACTIVE, BackendState.IDLE_IN_TRANSACTION),
                (70, 20, 10),
            )[0]
            session.since = at - timedelta(microseconds=self.dice.randint(0, 2_000_000))
            session.query = min(int(self.dice.expovariate(0.05)), self.statements - 1)
            session.waits = session.state is BackendState.ACTIVE and self.dice.random() < 0.2

    def _connections(self, at: datetime) -> Connections:
        backends = tuple(self._backend(session, at) for session in self._sessions)
        ages = [backend.query_seconds for backend in backends if backend.query_seconds is not None]

        def counted(labels: Iterator[str]) -> tuple[Count, ...]:
            return tuple(Count(label, total) for label, total in Counter(labels).most_common())

        return Connections(
            slots=_SLOTS,
            total=len(backends),
            by_state=counted(backend.state.value for backend in backends),
            by_database=counted(backend.database for backend in backends),
            by_role=counted(backend.role for backend in backends),
            by_application=counted(backend.application for backend in backends),
            by_client=counted(backend.client for backend in backends),
            waiting_on_lock=sum(backend.wait_event_type == "Lock" for backend in backends),
            longest_query_seconds=max(ages, default=None),
            longest_transaction_seconds=max(ages, default=None),
            longest_idle_in_transaction_seconds=None,
            backends=backends,
        )

    def _backend(self, session: _Session, at: datetime) -> Backend:
        # The server's clock is read a little before or after ours.
        age = (at - session.since).total_seconds() + self.dice.uniform(0, 0.01)
        busy = session.state is not BackendState.IDLE
        number = session.pid % 7
        return Backend(
            pid=session.pid,
            database=f"shop_{number % 3}",
            role=f"app_{number % 4}",
            application=f"web-worker-{number}",
            client=f"10.0.{number}.{session.pid % 200}",
            state=session.state,
            wait_event_type="Lock" if session.waits else "" if busy else "Client",
            wait_event="transactionid" if session.waits else "" if busy else "ClientRead",
            backend_start=session.started,
            query_seconds=age if session.state is BackendState.ACTIVE else None,
            transaction_seconds=age + 0.002 if busy else None,
            state_seconds=age,
            query_id=self._ids[session.query],
            query=self._texts[session.query],
            blocked_by=(self._sessions[0].pid,) if session.waits else (),
        )

    def _statements(self, at: datetime) -> Statements:
        top = []
        for number, (query_id, text) in enumerate(zip(self._ids, self._texts, strict=True)):
            calls = max(0, round(self.dice.gauss(2000 / (number + 1), 20)))
            if not calls:
                continue
            mean = self.dice.gauss(2 + number / 10, 0.1)
            top.append(
                StatementDelta(
                    key=StatementKey(16384, 16385 + number % 3, query_id),
                    role=f"app_{number % 4}",
                    database=f"shop_{number % 3}",
                    text=text[:200],
                    calls=calls,
                    total_ms=round(calls * mean, 6),
                    mean_ms=mean,
                    stddev_ms=self.dice.uniform(0.1, 2),
                    max_ms_ever=900.25 + number,
                    rows=calls * (1 + number % 5),
                    plan_ms=0.0,
                    shared_blocks_hit=calls * self.dice.randint(3, 9),
                    shared_blocks_read=self.dice.randint(0, 30),
                    shared_blocks_dirtied=self.dice.randint(0, 3),
                    shared_blocks_written=0,
                    temp_blocks_read=0,
                    temp_blocks_written=0,
                    read_ms=0.0,
                    write_ms=0.0,
                    wal_bytes=self.dice.randint(0, 5000) if number % 3 == 0 else 0,
                )
            )
        return Statements(
            since=at - timedelta(seconds=5),
            seconds=5.0,
            total_ms=sum(delta.total_ms for delta in top),
            calls=sum(delta.calls for delta in top),
            top=tuple(top),
            tracked=640,
            tracked_max=5000,
            evictions=0,
            stats_reset=START,
        )

    def _databases(self, at: datetime) -> Databases:
        return Databases(
            at - timedelta(seconds=10),
            10.0,
            tuple(
                DatabaseDelta(
                    16384 + number, f"shop_{number}", 33, self.dice.randint(900, 1100),
                    self.dice.randint(0, 9), self.dice.randint(50_000, 60_000),
                    self.dice.randint(0, 500), 0, 0, 0, self.dice.randint(90_000, 110_000),
                    self.dice.randint(9_000, 11_000), self.dice.randint(900, 1100), 10**10,
                )
                for number in range(5)
            ),
        )  # fmt: skip

    def _server(self, at: datetime) -> ServerInfo:
        settings = {f"setting_{number}": str(number) for number in range(30)}
        return ServerInfo(
            180001, "18.1", False, START, at, "7423", "shop", "pgvigil", False, _SLOTS,
            Platform.SELF_HOSTED, settings=settings,
        )  # fmt: skip

    def _assessment(self, at: datetime) -> Assessment:
        waits = sum(session.waits for session in self._sessions)
        finding = Finding(
            "locks", Area.CONNECTIONS, Severity.WARNING, f"{waits} sessions wait on locks",
            f"the longest for {self.dice.uniform(1, 60):.0f} s", "end the session at the root",
            at - timedelta(seconds=40),
        )  # fmt: skip
        return Assessment(Health.WARNING, (finding,) * 3)


def due_at(second: int) -> frozenset[Subject]:
    """Which subjects the default attended pace asks for at a second of the day."""
    paces = {
        2: (Subject.CONNECTIONS, Subject.ASSESSMENT),
        5: (Subject.STATEMENTS,),
        10: (Subject.DATABASES,),
        30: (Subject.SERVER,),
    }
    return frozenset(
        subject for pace, subjects in paces.items() if second % pace == 0 for subject in subjects
    )
