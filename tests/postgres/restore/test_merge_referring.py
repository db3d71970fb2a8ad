"""Rows of other tables that refer to merged ones: neither merge nor undo takes or changes them."""

from __future__ import annotations

import psycopg
import pytest
from psycopg.rows import tuple_row

from core.errors import RestoreError
from core.restore.merge.existing import read_tables
from tests.postgres.restore.test_merge_rows import second, staged
from tests.servers.merging import Live

KID = """
CREATE TABLE sales.kid (basket int REFERENCES sales.basket {action});
INSERT INTO sales.kid VALUES (1), (1), (3);
"""
KIDS = "SELECT basket FROM sales.kid ORDER BY 1"


@pytest.mark.parametrize(("action", "key"), [("CASCADE", "a key"), ("SET NULL", "no key")])
def test_an_undo_leaves_rows_that_came_since_and_refer_to_what_it_would_delete(
    live: Live, action: str, key: str
) -> None:
    if key == "no key":
        live.run(
            "ALTER TABLE sales.basket DROP CONSTRAINT basket_pkey;"
            " CREATE UNIQUE INDEX unique_id ON sales.basket (id)"
        )
    live.run("DELETE FROM sales.basket WHERE id = 1")
    merged, _ = live.merge(second(live, staged(live, "basket")))
    live.run(KID.format(action=f"(id) ON DELETE {action}"))
    with pytest.raises(RestoreError) as refused:
        live.undo(merged)
    assert "2 rows refer by kid_basket_fkey of sales.kid to rows that came" in refused.value.why
    assert live.ask(KIDS) == [(1,), (1,), (3,)]
    live.run("DELETE FROM sales.kid WHERE basket = 1")
    live.undo(merged)
    assert live.ask("SELECT count(*) FROM sales.basket") == [(2,)]
    assert live.ask(KIDS) == [(3,)]


@pytest.mark.parametrize("key", ["a key", "no key"])
def test_rows_that_came_back_together_go_together_and_what_came_since_stays(
    live: Live, key: str
) -> None:
    live.run(
        "ALTER TABLE sales.basket DROP CONSTRAINT basket_customer_fkey,"
        " ADD FOREIGN KEY (customer) REFERENCES sales.customer ON DELETE CASCADE;"
        " DELETE FROM sales.customer WHERE id = 1000"
    )
    if key == "no key":
        live.run("ALTER TABLE sales.basket DROP CONSTRAINT basket_pkey")
    merged, _ = live.merge(second(live, staged(live, "customer", "basket", "orders")))
    live.run("INSERT INTO sales.basket VALUES (4, 1000)")
    with pytest.raises(RestoreError) as refused:
        live.undo(merged)
    assert "1 rows refer by basket_customer_fkey of sales.basket" in refused.value.why
    live.run("DELETE FROM sales.basket WHERE id = 4")
    live.undo(merged)
    assert live.ask("SELECT id FROM sales.basket ORDER BY 1") == [(2,), (3,)]


def test_rows_are_not_set_back_where_others_would_follow(live: Live) -> None:
    live.run(
        "ALTER TABLE sales.basket ADD UNIQUE (customer); UPDATE sales.basket SET customer = 1001"
        " WHERE id = 1; CREATE TABLE sales.kid (basket int REFERENCES sales.basket ON UPDATE"
        " CASCADE, customer bigint REFERENCES sales.basket (customer) ON UPDATE SET NULL);"
        " INSERT INTO sales.kid VALUES (1, 1001)"
    )
    first = staged(live, "basket")
    (stop,) = live.plan(second(live, first, update=True)).stops
    assert "changes rows of others by kid_customer_fkey of sales.kid, and" in stop.what
    live.run("ALTER TABLE sales.kid DROP CONSTRAINT kid_customer_fkey")
    merged, _ = live.merge(second(live, first, update=True))
    live.run(
        "UPDATE sales.kid SET customer = 1000; ALTER TABLE sales.kid"
        " ADD FOREIGN KEY (customer) REFERENCES sales.basket (customer) ON UPDATE SET NULL"
    )
    with pytest.raises(RestoreError) as refused:
        live.undo(merged)
    assert "to rows that were set back in sales.basket" in refused.value.why
    assert live.ask("SELECT * FROM sales.kid") == [(1, 1000)]


def test_a_key_of_ranges_that_may_not_overlap_tells_no_two_rows_apart(database: str) -> None:
    # Such keys came with PostgreSQL 18, which ``database`` is on.
    with psycopg.connect(database, row_factory=tuple_row) as connection:
        connection.execute(
            "CREATE SCHEMA sales; CREATE TABLE sales.booked (room int4range, during daterange,"
            " PRIMARY KEY (room, during WITHOUT OVERLAPS))"
        )
        connection.execute("SET search_path TO ''")
        (table,) = read_tables(connection, [("sales", "booked")]).values()
    assert table.key == ()
