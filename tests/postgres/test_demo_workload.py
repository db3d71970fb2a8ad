"""Each condition that the demonstration promises is really there on its server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from core.api.demo import DemoRun, Scenario, Timings
from tests.servers.waiting import eventually

QUICK = Timings(
    think=0.05,
    slow_query_first=0,
    slow_query_every=0.2,
    slow_query_least=0.6,
    slow_query_most=0.7,
    lock_queue_first=0,
    lock_queue_step=0.01,
    lock_queue_hold=2,
    lock_queue_every=0.3,
    burst_first=0.5,
    burst_every=0.5,
    burst_step=0,
    burst_hold=1,
    failed_logins_first=0,
    failed_logins_every=0.5,
    superuser_granted_after=0.5,
)


class Server:
    """Asks a demonstration's server as its superuser."""

    def __init__(self, demo: DemoRun, connection: psycopg.Connection) -> None:
        self.demo = demo
        self.connection = connection

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(query.encode()).fetchall()

    def value(self, query: str) -> Any:
        return self.rows(query)[0][0]


@pytest.fixture(scope="module")
def incident() -> Iterator[Server]:
    with (
        DemoRun.start(Scenario.INCIDENT, timings=QUICK) as demo,
        psycopg.connect(demo.superuser_dsn, autocommit=True) as connection,
    ):
        yield Server(demo, connection)


def test_several_applications_work_as_several_roles(incident: Server) -> None:
    def seen() -> bool:
        who = incident.rows("SELECT usename, application_name FROM pg_stat_activity")
        return {
            ("app_web", "storefront"),
            ("app_api", "checkout-api"),
            ("app_api", "search"),
            ("app_worker", "mail-worker"),
            ("reporting", "dashboard"),
        } <= set(who)

    eventually(seen)


def test_orders_keep_coming(incident: Server) -> None:
    before = incident.value("SELECT max(id) FROM orders")

    eventually(lambda: incident.value("SELECT max(id) FROM orders") > before)


def test_a_query_takes_more_than_half_a_second_in_the_mean(incident: Server) -> None:
    eventually(
        lambda: incident.rows(
            "SELECT query FROM pg_stat_statements"
            " WHERE query LIKE '%revenue_by_tenant%' AND mean_exec_time > 500 AND calls > 1"
        )
    )


def test_a_lock_queue_of_three_levels_stands_behind_an_idle_transaction(incident: Server) -> None:
    def depth_behind_idle_transaction() -> bool:
        waits = incident.rows(
            """
            WITH RECURSIVE queue (pid, root, depth) AS (
                SELECT pid, pid, 0 FROM pg_stat_activity
                WHERE state = 'idle in transaction' AND usename = 'ops'
                UNION ALL
                SELECT a.pid, q.root, q.depth + 1
                FROM queue q JOIN pg_stat_activity a ON q.pid = ANY (pg_blocking_pids(a.pid))
                WHERE a.wait_event_type = 'Lock' AND q.depth < 10
            )
            SELECT depth, count(DISTINCT pid) FROM queue GROUP BY depth ORDER BY depth
            """
        )
        return [depth for depth, _ in waits] == [0, 1, 2, 3] and waits[3][1] == 2

    eventually(depth_behind_idle_transaction)


def test_the_lock_queue_resolves_and_builds_again(incident: Server) -> None:
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    for _ in range(2):
        eventually(lambda: incident.value(waiting) >= 4)
        eventually(lambda: incident.value(waiting) == 0)


def test_connections_rise_above_80_percent_of_the_usable_slots_and_fall_again(
    incident: Server,
) -> None:
    share = """
        SELECT count(*)::float8 / (current_setting('max_connections')::int
            - current_setting('superuser_reserved_connections')::int
            - current_setting('reserved_connections')::int)
        FROM pg_stat_activity WHERE backend_type = 'client backend'
    """
    eventually(lambda: incident.value(share) > 0.8)
    eventually(lambda: incident.value(share) < 0.5)
    eventually(lambda: incident.value(share) > 0.8)


def test_failed_logins_of_several_users_are_in_the_json_log(incident: Server) -> None:
    def users() -> set[str]:
        failures = (entry for entry in log_entries(incident) if entry.get("state_code") == "28P01")
        return {entry["user"] for entry in failures}

    eventually(lambda: {"admin", "root", "deploy", "app_api", "reporting"} <= users())


def test_a_role_becomes_a_superuser_and_the_log_says_so(incident: Server) -> None:
    eventually(lambda: incident.value("SELECT rolsuper FROM pg_roles WHERE rolname = 'contractor'"))
    statements = [entry.get("message", "") for entry in log_entries(incident)]
    assert any("ALTER ROLE contractor SUPERUSER" in text for text in statements)


def test_a_table_grows(incident: Server) -> None:
    before = incident.value("SELECT pg_relation_size('audit_events')")

    eventually(lambda: incident.value("SELECT pg_relation_size('audit_events')") > before)


def test_there_is_an_index_that_nothing_uses(incident: Server) -> None:
    eventually(lambda: scans(incident, "orders_user_id_idx") + scans(incident, "orders_by_user"))
    assert scans(incident, "orders_note_idx") == 0


def test_there_is_the_same_index_twice(incident: Server) -> None:
    twins = incident.rows(
        "SELECT count(*) FROM pg_index GROUP BY indrelid, indkey, indclass, indexprs::text"
        " HAVING count(*) > 1"
    )
    assert twins == [(2,)]


@pytest.mark.parametrize(
    ("table", "column", "referred"),
    [
        ("users", "tenant_id", "tenants"),
        ("inventory", "product_id", "products"),
        ("orders", "tenant_id", "tenants"),
        ("orders", "user_id", "users"),
        ("order_items", "order_id", "orders"),
        ("order_items", "product_id", "products"),
    ],
)
def test_rows_refer_to_rows_that_are_there(
    incident: Server, table: str, column: str, referred: str
) -> None:
    without = f"NOT EXISTS (SELECT FROM {referred} WHERE {referred}.id = {table}.{column})"
    assert incident.value(f"SELECT count(*) FROM {table} WHERE {without}") == 0


def test_searches_go_through_the_hnsw_index(incident: Server) -> None:
    assert incident.value(
        "SELECT indexdef FROM pg_indexes WHERE indexname = 'products_embedding_idx'"
    ).count("hnsw")
    eventually(lambda: scans(incident, "products_embedding_idx") > 0)


def test_row_level_security_shows_a_role_its_own_tenant_only(incident: Server) -> None:
    protected = "SELECT relname FROM pg_class WHERE relrowsecurity ORDER BY relname"
    assert incident.rows(protected) == [("orders",), ("users",)]
    with incident.connection.transaction(force_rollback=True):
        incident.connection.execute("SET LOCAL ROLE app_web")
        incident.connection.execute("SET LOCAL app.tenant_id = '3'")
        assert incident.rows("SELECT DISTINCT tenant_id FROM users") == [(3,)]
        assert incident.rows("SELECT DISTINCT tenant_id FROM orders") == [(3,)]


def test_a_foreign_key_lacks_its_index(incident: Server) -> None:
    assert incident.value(
        "SELECT count(*) FROM pg_constraint c WHERE contype = 'f' AND NOT EXISTS ("
        " SELECT FROM pg_index i WHERE i.indrelid = c.conrelid AND i.indkey[0] = c.conkey[1])"
    )


def test_pgvigils_own_role_sees_statistics_and_is_no_superuser(incident: Server) -> None:
    with psycopg.connect(incident.demo.monitor_dsn, autocommit=True) as connection:
        role = connection.execute(
            "SELECT current_user, current_setting('is_superuser'),"
            " pg_has_role('pg_monitor', 'usage')"
        ).fetchone()
    assert role == ("pgvigil", "off", True)


def test_no_password_is_in_the_log_or_the_statement_statistics(incident: Server) -> None:
    secrets = [
        dsn.split(":")[2].split("@")[0]
        for dsn in (incident.demo.monitor_dsn, incident.demo.superuser_dsn)
    ]
    texts = [path.read_text() for path in log_files(incident)]
    texts += [query for (query,) in incident.rows("SELECT query FROM pg_stat_statements")]
    assert not [text for text in texts if any(secret in text for secret in secrets)]


def test_fsync_is_on(incident: Server) -> None:
    assert incident.value("SHOW fsync") == "on"


def test_the_launch_names_the_demo_and_keeps_its_store_in_the_demos_folder(
    incident: Server,
) -> None:
    launch = incident.demo.launch()

    assert [server.server_id for server in launch.servers] == ["demo-shop"]
    assert "demo-shop" in launch.settings.servers
    assert launch.settings.store.url == ""
    assert launch.state_folder.parent.name.startswith("pgvigil-demo-")


def test_a_calm_day_has_the_shop_alone() -> None:
    with (
        DemoRun.start(Scenario.CALM, timings=QUICK) as demo,
        psycopg.connect(demo.superuser_dsn, autocommit=True) as connection,
    ):
        server = Server(demo, connection)
        eventually(lambda: server.value("SELECT count(*) FROM audit_events") > 50)
        assert not server.value(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE usename IN ('ops', 'contractor') OR wait_event_type = 'Lock'"
        )
        assert "failed" not in "".join(path.read_text() for path in log_files(server))


def test_a_demonstration_that_is_left_open_does_not_fill_the_disk() -> None:
    small = replace(
        QUICK, archive_every=0.1, orders_kept_of_a_tenant=100, audit_events_most_bytes=200_000
    )
    with (
        DemoRun.start(Scenario.CALM, timings=small) as demo,
        psycopg.connect(demo.superuser_dsn, autocommit=True) as connection,
    ):
        server = Server(demo, connection)
        eventually(lambda: server.value("SELECT count(*) FROM orders") < 1_000)
        eventually(lambda: server.value("SELECT min(id) FROM audit_events") not in (None, 1))
        assert server.value("SELECT count(*) FROM order_items") < 3_000
        assert server.value("SHOW log_truncate_on_rotation") == "on"


def scans(server: Server, index: str) -> int:
    return int(
        server.value(f"SELECT idx_scan FROM pg_stat_user_indexes WHERE indexrelname = '{index}'")
    )


def log_files(server: Server) -> list[Path]:
    folder = server.value("SELECT current_setting('data_directory') || '/log'")
    return list(Path(folder).glob("*.json"))


def log_entries(server: Server) -> list[dict[str, Any]]:
    lines = (line for path in log_files(server) for line in path.read_text().splitlines())
    # The last line may be half written.
    return [json.loads(line) for line in lines if line.endswith("}")]
