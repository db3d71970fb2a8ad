"""Undoing a merge drops what came back, and nothing that somebody made of it since."""

from __future__ import annotations

import pytest

from core.errors import RestoreError
from tests.servers.merging import Live

TWICE = "CREATE OR REPLACE FUNCTION sales.twice(n int) RETURNS int LANGUAGE sql IMMUTABLE AS"
# A change, how it is taken back, and what is told of it.
CHANGES = (
    (
        "CREATE TRIGGER since BEFORE DELETE ON sales.customer FOR EACH ROW"
        " EXECUTE FUNCTION sales.stamp()",
        "DROP TRIGGER since ON sales.customer",
        "triggers of table sales.customer: changed since",
    ),
    (
        "CREATE INDEX since ON sales.customer (kind)",
        "DROP INDEX sales.since",
        "indexes of table sales.customer: changed since",
    ),
    (
        "CREATE POLICY since ON sales.customer USING (true)",
        "DROP POLICY since ON sales.customer",
        "policies of table sales.customer: changed since",
    ),
    (
        "GRANT DELETE ON sales.customer TO everything_reader",
        "REVOKE DELETE ON sales.customer FROM everything_reader",
        "rights of table sales.customer: changed since",
    ),
    (
        "ALTER TABLE sales.customer ALTER later SET DEFAULT 2",
        "ALTER TABLE sales.customer ALTER later SET DEFAULT 1.5",
        "columns of table sales.customer: changed since",
    ),
    (f"{TWICE} 'SELECT n + n'", f"{TWICE} 'SELECT n * 2'", "definition of function sales.twice"),
    (
        "CREATE RULE since AS ON DELETE TO sales.busy DO INSTEAD NOTHING",
        "DROP RULE since ON sales.busy",
        "rules of view sales.busy: changed since",
    ),
)


def test_what_was_added_or_replaced_since_is_told_and_not_dropped(live: Live) -> None:
    live.run("DROP TABLE sales.customer CASCADE; DROP FUNCTION sales.twice")
    relations = live.ask("SELECT relname FROM pg_class ORDER BY 1")
    merged, _ = live.merge(live.wish("customer", dependents=True))
    for change, back, told in CHANGES:
        live.run(change)
        with pytest.raises(RestoreError) as refused:
            live.undo(merged)
        assert told in refused.value.why, change
        live.run(back)
    live.undo(merged)
    assert live.ask("SELECT relname FROM pg_class ORDER BY 1") == relations
    assert live.ask("SELECT to_regproc('sales.twice') IS NULL") == [(True,)]
