"""With whose rights rows are merged: what fires on them gets no superuser's, nor does its undo."""

from __future__ import annotations

import pytest

from core.errors import RestoreError
from core.model.restore import CheckState
from tests.postgres.restore.test_merge_rows import second, staged
from tests.servers.merging import Live

DAMAGE = """
DELETE FROM sales.basket WHERE id = 1;
UPDATE sales.basket SET customer = 1001 WHERE id = 2;
INSERT INTO sales.basket VALUES (9, 1000);
"""
# One trigger looks at once, another at the end of the transaction.
SEEN = """
DROP ROLE IF EXISTS keeper; CREATE ROLE keeper; GRANT USAGE ON SCHEMA sales TO keeper;
ALTER TABLE sales.basket OWNER TO keeper;
CREATE TABLE sales.seen (who text, what text);
GRANT INSERT ON sales.seen TO keeper;
CREATE FUNCTION sales.see() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    {first} INSERT INTO sales.seen VALUES (current_user, TG_OP);
    RETURN NULL;
END $$;
CREATE TRIGGER sees AFTER INSERT OR UPDATE OR DELETE ON sales.basket
   FOR EACH ROW EXECUTE FUNCTION sales.see();
CREATE CONSTRAINT TRIGGER late AFTER INSERT OR DELETE ON sales.basket
   DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION sales.see();
"""
BASKETS = "SELECT id, customer FROM sales.basket ORDER BY 1"
FIRED = "SELECT who, what, count(*) FROM sales.seen GROUP BY 1, 2 ORDER BY 2"


def test_triggers_have_the_rights_of_the_tables_owner_and_not_a_superusers(live: Live) -> None:
    live.run(DAMAGE + SEEN.format(first=""))
    first = staged(live, "basket")
    before = live.ask(BASKETS)
    wish = second(live, first, update=True, delete=True)
    (check,) = (e for e in live.plan(wish).checks if e.name == "triggers of sales.basket")
    assert "late, sees fire for each row, with the rights of keeper" in check.what
    merged, _ = live.merge(wish)
    as_keeper = [("keeper", "DELETE", 2), ("keeper", "INSERT", 2), ("keeper", "UPDATE", 1)]
    assert live.ask(FIRED) == as_keeper
    assert live.ask(BASKETS) == [(1, 1000), (2, 1002), (3, None)]
    live.run("TRUNCATE sales.seen")
    live.undo(merged)
    assert live.ask(FIRED) == as_keeper
    assert live.ask(BASKETS) == before
    assert live.ask(
        "SELECT has_schema_privilege('keeper', oid, 'USAGE'), (SELECT count(*) FROM pg_proc"
        " WHERE pronamespace = n.oid) FROM pg_namespace AS n WHERE nspname LIKE 'pgvigil_%'"
    ) == [(False, 0)]


def test_a_trigger_that_takes_the_superusers_rights_stops_the_merge(live: Live) -> None:
    live.run(DAMAGE + SEEN.format(first="RESET ROLE;"))
    wish = second(live, staged(live, "basket"))
    before = live.ask(BASKETS)
    with pytest.raises(RestoreError) as refused:
        live.merge(wish)
    assert "security-definer" in f"{refused.value.what} {refused.value.why}"
    assert live.ask(BASKETS) == before
    assert live.ask(FIRED) == []


def test_an_owner_whom_row_security_binds_is_told_before(live: Live) -> None:
    live.run(
        "DELETE FROM sales.basket; DELETE FROM sales.customer WHERE id = 1000;"
        " ALTER TABLE sales.customer ENABLE TRIGGER stamped"
    )
    (stop,) = live.plan(second(live, staged(live, "customer"))).stops
    assert "row security binds the table's owner everything_owner" in stop.what
    live.run("ALTER TABLE sales.customer DISABLE TRIGGER stamped")
    merged, _ = live.merge(second(live, staged(live, "customer")))
    live.undo(merged)


def test_a_role_that_may_insert_and_not_lock_is_told_before(live: Live) -> None:
    live.run(
        "DELETE FROM sales.basket WHERE id = 1;"
        " DROP ROLE IF EXISTS adder; CREATE ROLE adder LOGIN PASSWORD 'adder';"
        f" GRANT CREATE ON DATABASE {live.name} TO adder; GRANT USAGE ON SCHEMA sales TO adder;"
        " GRANT SELECT, INSERT ON sales.basket TO adder"
    )
    with live.connecting_as("adder"):
        first = staged(live, "basket")
        (stop,) = live.plan(second(live, first)).stops
        assert (stop.state, "may not lock sales.basket" in stop.what) == (CheckState.STOP, True)
        live.run("GRANT UPDATE ON sales.basket TO adder")
        live.merge(second(live, first))
    assert live.ask("SELECT count(*) FROM sales.basket") == [(3,)]


GENEROUS = """
ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO PUBLIC, everything_reader;
ALTER DEFAULT PRIVILEGES GRANT ALL ON SEQUENCES TO everything_reader;
ALTER DEFAULT PRIVILEGES GRANT ALL ON SCHEMAS TO PUBLIC, everything_reader;
"""
GRANTED = """
SELECT c.relname, a.grantee::regrole::text, a.privilege_type
  FROM pg_class AS c, aclexplode(c.relacl) AS a
 WHERE relname IN ('basket', 'basket_id_seq', 'duplicates') AND a.grantee <> c.relowner
 ORDER BY 1, 2, 3
"""


def test_default_privileges_give_nothing_of_what_comes_back_to_others(live: Live) -> None:
    live.run(GENEROUS)
    granted = live.ask(GRANTED)
    assert granted == [("basket", "everything_reader", "SELECT")]
    live.run("DROP TABLE sales.basket; DROP TABLE sales.duplicates")
    live.run("DELETE FROM sales.leaf WHERE id = 3")
    live.merge(live.wish("basket", "duplicates", "leaf"))
    assert live.ask(GRANTED) == granted
    assert live.ask(
        "SELECT has_schema_privilege('everything_reader', oid, 'USAGE'),"
        " has_schema_privilege('everything_reader', oid, 'CREATE')"
        " FROM pg_namespace WHERE nspname LIKE 'pgvigil_%'"
    ) == [(False, False)]


def test_a_table_does_not_come_back_without_a_policy_that_hides_rows(live: Live) -> None:
    live.run("DROP TABLE sales.leaf CASCADE; ALTER TABLE sales.branch RENAME best TO worst")
    with pytest.raises(RestoreError) as refused:
        live.merge(live.wish("leaf"))
    assert "column branch.best does not exist" in refused.value.why
    assert live.ask("SELECT to_regclass('sales.leaf')") == [(None,)]
    live.run("ALTER TABLE sales.branch RENAME worst TO best")
    live.merge(live.wish("leaf"))
    assert live.ask("SELECT polname FROM pg_policy WHERE polrelid = 'sales.leaf'::regclass") == [
        ("best",)
    ]
