"""Rows that are awkward to merge: referring to each other, meddled with, counted, there twice."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.errors import RestoreError
from core.model.restore_operation import Verdict
from tests.postgres.restore.test_merge_rows import contents, contents_in_backup, second, staged
from tests.servers.merging import Live

# What referred to a branch refers to none, another to a leaf that is new, and a circle is cut.
CUT = """
UPDATE sales.branch SET best = NULL;
DELETE FROM sales.branch WHERE id = 2;
DELETE FROM sales.leaf WHERE id = 1;
INSERT INTO sales.leaf VALUES (9, 3);
UPDATE sales.branch SET best = 9 WHERE id = 3;
"""
OWNED = """
ALTER TABLE sales.branch OWNER TO everything_owner;
ALTER TABLE sales.leaf OWNER TO everything_owner;
CREATE TRIGGER stamped BEFORE INSERT ON sales.leaf FOR EACH ROW EXECUTE FUNCTION sales.stamp();
"""
TRIGGER = """
CREATE OR REPLACE FUNCTION sales.meddle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {} END $$;
CREATE TRIGGER meddle BEFORE INSERT OR UPDATE OR DELETE ON sales.basket
   FOR EACH ROW EXECUTE FUNCTION sales.meddle();
"""
UNTRIGGER = "DROP TRIGGER meddle ON sales.basket"
BASKETS = "SELECT id, customer FROM sales.basket ORDER BY 1, 2"


@pytest.mark.parametrize("rights", ["", OWNED], ids=["as itself", "as the owner"])
def test_rows_that_refer_to_each_other_come_back_and_go_again(live: Live, rights: str) -> None:
    live.run(CUT + rights)
    before = contents(live)
    first = staged(live, "leaf", "branch")
    merged, done = live.merge(second(live, first, update=True, delete=True))
    assert (done.differences, done.verdict) == ((), Verdict.PROVEN)
    assert contents(live) == contents_in_backup(live)
    live.undo(merged)
    assert contents(live) == before


def test_an_undo_that_would_not_set_back_every_row_does_nothing(live: Live) -> None:
    live.run(
        "DELETE FROM sales.basket WHERE id = 1; INSERT INTO sales.basket VALUES (9, 1000);"
        " UPDATE sales.basket SET customer = 1001 WHERE id = 2"
    )
    before = live.ask(BASKETS)
    merged, _ = live.merge(second(live, staged(live, "basket"), update=True, delete=True))
    for meddling, told in (
        ("RETURN NULL;", "inserted into sales.basket: 0 instead of 1 rows"),
        (
            "IF tg_op <> 'DELETE' THEN new.customer := NULL; RETURN new; END IF; RETURN old;",
            "1 rows of sales.basket would not come out as they were",
        ),
    ):
        live.run(TRIGGER.format(meddling))
        assert told in refused_undo(live, merged)
        live.run(UNTRIGGER)
    live.run(
        "ALTER TABLE sales.basket DROP CONSTRAINT basket_pkey;"
        " INSERT INTO sales.basket VALUES (1, 1002)"
    )
    assert "deleted from sales.basket: 2 instead of 1 rows" in refused_undo(live, merged)
    live.run("ALTER TABLE sales.basket RENAME customer TO buyer")
    assert "another definition by now" in refused_undo(live, merged)
    live.run(
        "ALTER TABLE sales.basket RENAME buyer TO customer;"
        " DELETE FROM sales.basket WHERE customer = 1002 AND id = 1"
    )
    live.undo(merged)
    assert live.ask(BASKETS) == before


def refused_undo(live: Live, merged: object) -> str:
    """Why it is refused; nothing was changed then."""
    found = live.ask("SELECT b::text FROM sales.basket AS b ORDER BY 1")
    with pytest.raises(RestoreError, match="can't be undone") as refused:
        live.undo(merged)  # type: ignore[arg-type]
    assert live.ask("SELECT b::text FROM sales.basket AS b ORDER BY 1") == found
    return refused.value.why


def test_what_triggers_made_of_rows_is_told_and_can_be_undone(live: Live) -> None:
    live.run(
        "DELETE FROM sales.basket WHERE id = 3;"
        " UPDATE sales.basket SET customer = 1000 WHERE id = 2;"
        + TRIGGER.format(
            "IF tg_op <> 'DELETE' THEN new.customer := 1000; RETURN new; END IF; RETURN old;"
        )
    )
    before = live.ask(BASKETS)
    merged, done = live.merge(second(live, staged(live, "basket"), update=True))
    assert live.ask(BASKETS) == [(1, 1000), (2, 1000), (3, 1000)]
    (told,) = done.differences
    assert "0 rows only in the backup, 0 only here, 2 different; its triggers left it so" in told
    live.run("ALTER TABLE sales.basket DISABLE TRIGGER meddle")
    live.run("UPDATE sales.basket SET customer = 1001 WHERE id = 3")
    assert "1 of the rows that came back" in refused_undo(live, merged)
    live.run("UPDATE sales.basket SET customer = 1000 WHERE id = 3")
    live.undo(merged)
    assert live.ask(BASKETS) == before


def test_sequences_go_on_behind_what_came_back_and_no_other_stops_it(live: Live) -> None:
    live.run(
        "DELETE FROM sales.basket WHERE id = 3; ALTER SEQUENCE sales.basket_id_seq RESTART WITH 3;"
        " CREATE SEQUENCE sales.small MAXVALUE 10 OWNED BY sales.basket.customer;"
        " CREATE SEQUENCE sales.words OWNED BY sales.duplicates.b;"
        " DELETE FROM sales.duplicates WHERE a = 1"
    )
    live.merge(second(live, staged(live, "basket", "duplicates")))
    live.run("INSERT INTO sales.basket DEFAULT VALUES")
    assert live.ask("SELECT max(id) FROM sales.basket") == [(4,)]


def test_a_refused_merge_says_what_helps(live: Live) -> None:
    live.run(
        "DELETE FROM sales.basket WHERE id = 1; DELETE FROM sales.orders;"
        " DELETE FROM sales.customer WHERE id = 1000;"
        + TRIGGER.format("INSERT INTO seen VALUES (new.id); RETURN new;")
    )
    wish = second(live, staged(live, "basket"))
    with pytest.raises(RestoreError) as refused:
        live.merge(wish)
    assert "DISABLE TRIGGER USER" in refused.value.remedy
    assert live.name in refused.value.what
    live.run(UNTRIGGER)
    with pytest.raises(RestoreError) as refused:
        live.merge(wish)
    assert "choose the other table, too" in refused.value.remedy
    live.run("CREATE RULE more AS ON INSERT TO sales.basket DO ALSO SELECT sales.twice(1)")
    (stop,) = live.plan(wish).stops
    assert "more would do something else instead of what is written, or more" in stop.what
    assert live.ask("SELECT count(*) FROM sales.basket") == [(2,)]


def test_a_table_that_is_altered_after_its_rows_were_staged_or_reviewed_stops_it(
    live: Live,
) -> None:
    live.run("DELETE FROM sales.basket WHERE id = 1; INSERT INTO sales.basket VALUES (9, 1000)")
    before = live.ask(BASKETS)
    wish = second(live, staged(live, "basket"), delete=True)
    live.while_running = "ALTER TABLE sales.basket ADD note text DEFAULT 'not in the backup'"
    with pytest.raises(RestoreError) as refused:
        live.merge(wish)
    assert "the definition of sales.basket was changed since" in refused.value.why
    assert live.ask(BASKETS) == before
    (stop,) = live.plan(wish).stops
    assert "the columns of sales.basket were changed since its rows were staged" in stop.what


def test_what_would_harm_is_seen_before_it_is_staged(live: Live) -> None:
    for tables in (("orders", "orders_2024"), ("basket", "basket")):
        (stop,) = live.plan(live.wish(*tables)).stops
        assert "would come back twice" in stop.what
    live.run(
        "ALTER TABLE sales.customer ALTER twice DROP EXPRESSION;"
        " ALTER TABLE sales.parent ALTER a TYPE smallint"
    )
    (told,) = (e for e in live.plan(live.wish("customer")).checks if e.name.startswith("table "))
    assert "column twice was generated then: rows that come back get its default" in told.what
    (stop,) = live.plan(live.wish("child")).stops
    assert "column a was integer and is smallint now" in stop.what
    without_rows = replace(live, manifest=live.site.take("schema").manifest)
    (stop,) = without_rows.plan(without_rows.wish("basket")).stops
    assert "the backup has no rows of sales.basket" in stop.what
