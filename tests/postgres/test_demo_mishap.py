"""The table of the demonstration that is dropped by mistake, while the shop is at work."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from core.demo.mishap import drop_a_table
from core.errors import DemoError
from tests.servers.waiting import eventually

_SHOP = """
    CREATE TABLE orders (id bigint PRIMARY KEY);
    CREATE TABLE order_items (order_id bigint NOT NULL REFERENCES orders);
"""
_WAITS = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = %s"


def test_who_is_buying_goes_on_and_the_table_goes_after_that(database: str) -> None:
    with (
        psycopg.connect(database) as buyer,
        psycopg.connect(database, autocommit=True) as other,
        ThreadPoolExecutor() as pool,
    ):
        other.execute(_SHOP)
        buyer.execute("INSERT INTO orders VALUES (1)")
        dropping = pool.submit(drop_a_table, database)
        eventually(lambda: other.execute(_WAITS, [other.info.dbname]).fetchone() == (1,))

        buyer.execute("INSERT INTO order_items VALUES (1)")
        buyer.commit()

        assert dropping.result() == "order_items is gone, and with it 1 rows."


def test_what_is_gone_already_is_said_to_be(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(_SHOP)
    drop_a_table(database)

    with pytest.raises(DemoError, match="The table order_items is gone already"):
        drop_a_table(database)
