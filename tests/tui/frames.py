"""Hand-made frames: a calm server, an incident, and the bad days that a screen must explain."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from core.model.connections import Backend, BackendState, Connections, Count
from core.model.cost import SelfCost
from core.model.databases import DatabaseDelta, Databases
from core.model.health import Area, Assessment, Finding, Health, Severity
from core.model.protection import BackupOverview, SecurityOverview, SetUpStep
from core.model.server import (
    ConnectionSlots,
    Link,
    LinkState,
    Platform,
    ServerEntry,
    ServerInfo,
)
from core.model.snapshot import Frame, Taken
from core.model.statements import StatementDelta, StatementKey, Statements
from core.model.unknown import Unknown

NOW = datetime(2026, 3, 14, 14, 3, 27, tzinfo=UTC)
"""The moment at which every frame here was taken."""

SLOTS = ConnectionSlots(max_connections=100, superuser_reserved=3, reserved=0)

ENTRY = ServerEntry("orders-prod", "orders-prod", "postgresql://pgvigil@db1.example:5432/orders")


def seconds_ago(seconds: float) -> datetime:
    """The moment ``seconds`` before the frames were taken."""
    return NOW - timedelta(seconds=seconds)


def server_info() -> ServerInfo:
    """A PostgreSQL 18 primary that has been up for twelve days."""
    return ServerInfo(
        version_num=180001,
        version="18.1",
        in_recovery=False,
        started_at=seconds_ago(12 * 86400 + 3 * 3600 + 240),
        server_time=NOW,
        system_identifier="7441234567890123456",
        database="orders",
        role="pgvigil",
        superuser=False,
        slots=SLOTS,
        platform=Platform.SELF_HOSTED,
        settings={
            "archive_command": "",
            "data_checksums": "on",
            "log_lock_waits": "off",
            "max_connections": "100",
            "shared_buffers": "8GB",
            "shared_preload_libraries": "pg_stat_statements",
            "statement_timeout": "0",
            "synchronous_commit": "on",
            "wal_level": "replica",
            "work_mem": "16MB",
        },
    )


def backend(
    pid: int,
    state: BackendState = BackendState.IDLE,
    *,
    role: str = "app",
    application: str = "orders-api",
    client: str = "10.0.4.11",
    database: str = "orders",
    wait: str = "Client:ClientRead",
    query: str = "SELECT id, status FROM orders WHERE user_id = $1",
    query_seconds: float | None = None,
    transaction_seconds: float | None = None,
    state_seconds: float | None = 4.0,
    blocked_by: tuple[int, ...] = (),
) -> Backend:
    """One backend with the figures that a test cares about."""
    wait_type, _, wait_event = wait.partition(":")
    return Backend(
        pid=pid,
        database=database,
        role=role,
        application=application,
        client=client,
        state=state,
        wait_event_type=wait_type,
        wait_event=wait_event,
        backend_start=seconds_ago(3600),
        query_seconds=query_seconds,
        transaction_seconds=transaction_seconds,
        state_seconds=state_seconds,
        query_id=None,
        query=query,
        blocked_by=blocked_by,
    )


def counted(labels: list[tuple[str, bool]]) -> tuple[Count, ...]:
    """How often each label stands in ``labels`` (label, active), most frequent first."""
    totals = Counter(label for label, _ in labels)
    active = Counter(label for label, is_active in labels if is_active)
    return tuple(Count(label, total, active[label]) for label, total in totals.most_common())


def connections_of(backends: list[Backend], slots: ConnectionSlots = SLOTS) -> Connections:
    """What the connections collector would say of ``backends``."""
    active = [b.state is BackendState.ACTIVE for b in backends]

    def longest(values: list[float | None]) -> float | None:
        return max((v for v in values if v is not None), default=None)

    idle_in_tx = (BackendState.IDLE_IN_TRANSACTION, BackendState.IDLE_IN_TRANSACTION_ABORTED)
    return Connections(
        slots=slots,
        total=len(backends),
        by_state=counted([(b.state.value, a) for b, a in zip(backends, active, strict=True)]),
        by_database=counted([(b.database, a) for b, a in zip(backends, active, strict=True)]),
        by_role=counted([(b.role, a) for b, a in zip(backends, active, strict=True)]),
        by_application=counted([(b.application, a) for b, a in zip(backends, active, strict=True)]),
        by_client=counted([(b.client, a) for b, a in zip(backends, active, strict=True)]),
        waiting_on_lock=sum(b.wait_event_type == "Lock" for b in backends),
        longest_query_seconds=longest([b.query_seconds for b in backends]),
        longest_transaction_seconds=longest([b.transaction_seconds for b in backends]),
        longest_idle_in_transaction_seconds=longest(
            [b.state_seconds for b in backends if b.state in idle_in_tx]
        ),
        backends=tuple(backends),
    )


def calm_connections() -> Connections:
    """Fourteen quiet connections of 97."""
    idle = [
        backend(4100 + n, client=f"10.0.4.{11 + n % 3}", state_seconds=2.0 + n) for n in range(11)
    ]
    active = [
        backend(
            4200 + n,
            BackendState.ACTIVE,
            wait=":",
            query="UPDATE orders SET status = $1 WHERE id = $2",
            query_seconds=0.004 + n / 1000,
            transaction_seconds=0.01,
            state_seconds=0.004,
        )
        for n in range(2)
    ]
    report = backend(
        4300,
        BackendState.ACTIVE,
        role="report",
        application="metabase",
        client="10.0.9.2",
        wait="IO:DataFileRead",
        query="SELECT date_trunc('day', placed_at), sum(total) FROM orders GROUP BY 1",
        query_seconds=1.8,
        transaction_seconds=1.8,
        state_seconds=1.8,
    )
    return connections_of([*idle, *active, report])


def incident_connections() -> Connections:
    """Ninety-four of 97: three levels of lock waits behind a session idle in transaction."""
    root = backend(
        4711,
        BackendState.IDLE_IN_TRANSACTION,
        role="batch",
        application="nightly-import",
        client="10.0.7.3",
        query="UPDATE stock SET amount = amount - 1 WHERE sku = $1",
        transaction_seconds=432,
        state_seconds=431,
    )
    middle = backend(
        4802,
        BackendState.ACTIVE,
        wait="Lock:transactionid",
        query="UPDATE stock SET amount = amount + $1 WHERE sku = $2",
        query_seconds=402,
        transaction_seconds=403,
        state_seconds=402,
        blocked_by=(4711,),
    )
    leaves = [
        backend(
            4900 + n,
            BackendState.ACTIVE,
            wait="Lock:tuple",
            query="UPDATE stock SET amount = amount - $1 WHERE sku = $2",
            query_seconds=120 - n * 9.5,
            transaction_seconds=121 - n * 9.5,
            state_seconds=120 - n * 9.5,
            blocked_by=(4802,),
        )
        for n in range(8)
    ]
    busy = [
        backend(
            5000 + n,
            BackendState.ACTIVE,
            wait="IO:DataFileRead" if n % 3 else ":",
            query="SELECT * FROM orders o JOIN users u ON u.id = o.user_id WHERE u.email ILIKE $1",
            query_seconds=3.5 + n / 7,
            transaction_seconds=3.5 + n / 7,
            state_seconds=3.5 + n / 7,
        )
        for n in range(31)
    ]
    aborted = [
        backend(
            6000 + n,
            BackendState.IDLE_IN_TRANSACTION_ABORTED,
            transaction_seconds=12.0 + n,
            state_seconds=11.0 + n,
        )
        for n in range(3)
    ]
    idle = [
        backend(7000 + n, client=f"10.0.4.{11 + n % 4}", state_seconds=5.0 + n) for n in range(50)
    ]
    return connections_of([root, middle, *leaves, *busy, *aborted, *idle])


def statement(
    query_id: int,
    text: str,
    *,
    calls: int,
    mean_ms: float,
    stddev_ms: float | None = None,
    role: str = "app",
    database: str = "orders",
    is_pgvigil: bool = False,
) -> StatementDelta:
    """One statement's interval; blocks, WAL and temp figures follow from the calls."""
    return StatementDelta(
        key=StatementKey(10, 16384, query_id),
        role=role,
        database=database,
        text=text,
        calls=calls,
        total_ms=calls * mean_ms,
        mean_ms=mean_ms,
        stddev_ms=stddev_ms,
        max_ms_ever=mean_ms * 9,
        rows=calls * 3,
        plan_ms=0.0,
        shared_blocks_hit=calls * 40,
        shared_blocks_read=calls * 2,
        shared_blocks_dirtied=calls,
        shared_blocks_written=0,
        temp_blocks_read=0,
        temp_blocks_written=12 if mean_ms > 500 else 0,
        read_ms=calls * mean_ms / 10,
        write_ms=0.0,
        wal_bytes=calls * 180,
        is_pgvigil=is_pgvigil,
    )


def statements_of(top: list[StatementDelta], seconds: float = 5.0) -> Statements:
    """What the statements collector would say of an interval in which ``top`` ran."""
    ordered = sorted(top, key=lambda s: -s.total_ms)
    return Statements(
        since=seconds_ago(seconds),
        seconds=seconds,
        total_ms=sum(s.total_ms for s in top),
        calls=sum(s.calls for s in top),
        top=tuple(ordered),
        tracked=812,
        tracked_max=5000,
        evictions=0,
        stats_reset=seconds_ago(86400 * 3),
        extension_version="1.12",
    )


def calm_statements() -> Statements:
    """Short statements only."""
    return statements_of(
        [
            statement(1, "SELECT id, status FROM orders WHERE user_id = $1", calls=912, mean_ms=0.4,
                      stddev_ms=0.2),
            statement(2, "UPDATE orders SET status = $1 WHERE id = $2", calls=204, mean_ms=0.9,
                      stddev_ms=0.3),
            statement(3, "INSERT INTO order_items (order_id, sku, amount) VALUES ($1, $2, $3)",
                      calls=88, mean_ms=0.6, stddev_ms=0.1),
            statement(4, "SELECT date_trunc($1, placed_at), sum(total) FROM orders GROUP BY 1",
                      calls=1, mean_ms=38.0, role="report"),
            statement(5, "SELECT pid, state FROM pg_stat_activity", calls=2, mean_ms=1.1,
                      role="pgvigil", is_pgvigil=True),
        ]
    )  # fmt: skip


def incident_statements() -> Statements:
    """One statement takes nearly all the time, at a mean beyond the critical threshold."""
    return statements_of(
        [
            statement(9, "SELECT * FROM orders o JOIN users u ON u.id = o.user_id"
                      " WHERE u.email ILIKE $1 ORDER BY o.placed_at DESC LIMIT $2",
                      calls=31, mean_ms=3480.0, stddev_ms=920.0),
            statement(12, "UPDATE orders SET status = $1 WHERE id = $2", calls=12, mean_ms=730.0,
                      stddev_ms=410.0),
            *calm_statements().top[:3],
        ]
    )  # fmt: skip


def database(name: str, oid: int, size: int | Unknown, **changes: Any) -> DatabaseDelta:
    """One database with ordinary counters."""
    base = DatabaseDelta(
        database_id=oid,
        name=name,
        backends=12,
        commits=2310,
        rollbacks=2,
        blocks_hit=91_000,
        blocks_read=400,
        temp_files=0,
        temp_bytes=0,
        deadlocks=0,
        rows_returned=81_000,
        rows_fetched=22_000,
        rows_changed=1_900,
        size_bytes=size,
    )
    return replace(base, **changes)


def calm_databases() -> Databases:
    """Two databases, one of whose size the role may not read."""
    return Databases(
        since=seconds_ago(10),
        seconds=10,
        databases=(
            database("orders", 16384, 48_318_382_080),
            database(
                "billing",
                16385,
                Unknown("no CONNECT privilege on billing", "GRANT CONNECT ON DATABASE billing"),
                backends=0,
                commits=0,
                rollbacks=0,
                blocks_hit=0,
                blocks_read=0,
            ),
        ),
        sizes_taken_at=seconds_ago(100),
    )  # fmt: skip


def incident_databases() -> Databases:
    """Rollbacks at twelve per cent, temporary files and a deadlock."""
    calm = calm_databases()
    worse = replace(
        calm.databases[0],
        rollbacks=315,
        blocks_read=21_000,
        temp_files=6,
        temp_bytes=734_003_200,
        deadlocks=1,
    )
    return replace(calm, databases=(worse, calm.databases[1]))


def finding(area: Area, severity: Severity, title: str, subject: str = "") -> Finding:
    """A finding that has been open for two minutes."""
    return Finding(
        fingerprint=f"{area.value}:{title}",
        area=area,
        severity=severity,
        title=title,
        detail="94 of 97 usable slots are taken (max_connections 100, 3 reserved for superusers).",
        advice="Find out who opens them (2, breakdowns); end idle sessions; use a pooler.",
        since=seconds_ago(140),
        subject=subject,
    )


INCIDENT_FINDINGS = (
    finding(Area.CONNECTIONS, Severity.CRITICAL, "connection use 97 %"),
    finding(Area.QUERIES, Severity.CRITICAL, "query mean 3.5 s", "9"),
    finding(
        Area.CONNECTIONS, Severity.HIGH, "9 sessions wait on a lock behind pid 4711", "4711"
    ),
    finding(Area.DATABASES, Severity.WARNING, "error rate 12 % in orders", "orders"),
)  # fmt: skip

CONNECTED = Link(LinkState.CONNECTED, since=seconds_ago(1800))

UNREACHABLE = Link(
    LinkState.UNREACHABLE,
    since=seconds_ago(74),
    what="db1.example:5432 does not answer.",
    why="The connection timed out after 10 s: the host is down or a firewall drops packets.",
    remedy="Check that PostgreSQL runs and that this host may reach port 5432.",
    attempts=7,
    next_attempt_at=NOW + timedelta(seconds=12),
)

NO_STATEMENTS = Unknown(
    "The extension pg_stat_statements is not created in database orders.",
    "CREATE EXTENSION pg_stat_statements;",
)

NOT_SET_UP = BackupOverview(missing=frozenset(SetUpStep), key_name="main")

HIDDEN = Unknown(
    "Role pgvigil may not see other roles' queries and states.", "GRANT pg_monitor TO pgvigil;"
)


def calm() -> Frame:
    """A healthy primary, everything freshly read."""
    return Frame(
        server_id=ENTRY.server_id,
        moment=NOW,
        live=True,
        link=Taken(NOW, 5, CONNECTED),
        server=Taken(seconds_ago(11), 30, server_info()),
        connections=Taken(seconds_ago(1), 2, calm_connections()),
        statements=Taken(seconds_ago(3), 5, calm_statements()),
        databases=Taken(seconds_ago(6), 10, calm_databases()),
        cost=Taken(seconds_ago(1), 2, SelfCost(41.0, 5210, 66, 600.0)),
        assessment=Taken(seconds_ago(1), 2, Assessment(Health.OK, ())),
        backups=NOT_SET_UP,
        security=SecurityOverview(configured=False, events=()),
    )


def incident() -> Frame:
    """Nearly out of slots, a lock queue, one slow statement, rollbacks."""
    return replace(
        calm(),
        connections=Taken(seconds_ago(1), 2, incident_connections()),
        statements=Taken(seconds_ago(3), 5, incident_statements()),
        databases=Taken(seconds_ago(6), 10, incident_databases()),
        assessment=Taken(seconds_ago(1), 2, Assessment(Health.CRITICAL, INCIDENT_FINDINGS)),
    )


def cut_off(link: Link) -> Assessment:
    """What is found of a server that can't be reached."""
    down = Finding(
        "link.down", Area.SERVER, Severity.CRITICAL, link.what, link.why, link.remedy, link.since
    )
    return Assessment(Health.CRITICAL, (down,))


def link_down() -> Frame:
    """The server went away 74 seconds ago; its last readings are still in the frame."""
    old = seconds_ago(75)
    frame = calm()
    return replace(
        frame,
        link=Taken(NOW, 5, UNREACHABLE),
        connections=Taken(old, 2, calm_connections()),
        statements=Taken(old, 5, calm_statements()),
        databases=Taken(old, 10, calm_databases()),
        assessment=Taken(NOW, 5, cut_off(UNREACHABLE)),
    )


def slots_exhausted() -> Frame:
    """Every slot is taken and pgvigil's own connection was not held."""
    link = Link(
        LinkState.SLOTS_EXHAUSTED,
        since=seconds_ago(20),
        what="Every connection slot of orders-prod is taken.",
        why="FATAL: sorry, too many clients already (max_connections 100).",
        remedy="End idle sessions, or give pgvigil a role with pg_use_reserved_connections.",
        attempts=3,
        next_attempt_at=NOW + timedelta(seconds=4),
    )
    judged = Taken(NOW, 5, cut_off(link))
    return replace(link_down(), link=Taken(NOW, 5, link), assessment=judged)


def first_contact() -> Frame:
    """Nothing is known yet: the watcher is connecting."""
    return Frame(
        server_id=ENTRY.server_id,
        moment=NOW,
        live=True,
        link=Taken(NOW, 5, Link(LinkState.CONNECTING, since=seconds_ago(1))),
    )


def nothing() -> Frame:
    """No watcher has written anything yet."""
    return Frame(server_id=ENTRY.server_id, moment=NOW, live=True)


def hidden() -> Frame:
    """The role may not see what others do."""
    listed = calm_connections()
    masked = [
        replace(b, state=BackendState.HIDDEN, query="<insufficient privilege>", query_seconds=None,
                transaction_seconds=None, state_seconds=None, wait_event="", wait_event_type="")
        for b in listed.backends
    ]  # fmt: skip
    return replace(
        calm(),
        connections=Taken(
            seconds_ago(1), 2, replace(connections_of(masked), details=HIDDEN)
        ),
    )  # fmt: skip


def without_statements() -> Frame:
    """pg_stat_statements is not there."""
    return replace(calm(), statements=Taken(seconds_ago(3), 5, NO_STATEMENTS))


def first_statements() -> Frame:
    """Only one reading so far: no interval to speak of."""
    first = replace(
        statements_of([]), since=None, seconds=0.0, rebaselined="first reading"
    )  # fmt: skip
    return replace(calm(), statements=Taken(seconds_ago(1), 5, first))


HOSTILE = 'bad"[red]\x1b[31m\nname\u202e\x00'


def hostile() -> Frame:
    """Names and texts that try to break out of their cells."""
    listed = [
        backend(
            4000 + n,
            BackendState.ACTIVE,
            role=HOSTILE,
            application=HOSTILE,
            database=HOSTILE,
            client=HOSTILE,
            query=f"SELECT '{HOSTILE}' -- [bold]x[/bold] \x1b]0;owned\x07 {'y' * 5000}",
            query_seconds=12.0,
            transaction_seconds=12.0,
        )
        for n in range(3)
    ]
    text = f"/* {HOSTILE} */ SELECT \x9b31m '[link=x]' {'z' * 5000}"
    return replace(
        calm(),
        connections=Taken(seconds_ago(1), 2, connections_of(listed)),
        statements=Taken(
            seconds_ago(3),
            5,
            statements_of([statement(1, text, calls=3, mean_ms=12.0, role=HOSTILE)]),
        ),
    )


def stale() -> Frame:
    """The watcher has written nothing for half a minute."""
    frame = calm()
    assert frame.connections is not None
    return replace(
        frame,
        connections=replace(frame.connections, at=seconds_ago(31)),
        link=Taken(seconds_ago(31), 5, CONNECTED),
    )
