"""What is shown of rows before they are merged: where they differ, and how they are looked at."""

from __future__ import annotations

from core.model.restore import Step
from core.model.restore_operation import RestoreOperation
from tests.servers.merging import Live


def review(live: Live, first: RestoreOperation) -> Step:
    """What the second step's plan shows."""
    wish = live.wish(staged_by=first.operation_id, backup_id=first.backup_id, repository="local")
    (shown,) = (each for each in live.plan(wish).steps if each.phase == "review")
    return shown


def test_the_columns_are_named_and_the_rows_can_be_looked_at(live: Live) -> None:
    live.run(
        "DELETE FROM sales.basket WHERE id = 1; UPDATE sales.basket SET customer = 1001"
        " WHERE id = 2; INSERT INTO sales.basket VALUES (9, 1000)"
    )
    first, _ = live.merge(live.wish("basket"))
    shown = review(live, first)
    assert "sales.basket, different in: customer (1); these queries show the rows" in shown.what
    assert [live.ask(each) for each in shown.commands] == [
        [(1, 1000)],
        [(9, 1000)],
        [(2, "(2,1001)", "(2,1002)")],
    ]


def test_without_a_primary_key_whole_rows_can_be_looked_at(live: Live) -> None:
    live.run(
        "DELETE FROM sales.duplicates WHERE ctid IN (SELECT ctid FROM sales.duplicates"
        " WHERE a = 1 LIMIT 4); INSERT INTO sales.duplicates VALUES (7, 'x'), (7, 'x')"
    )
    first, _ = live.merge(live.wish("duplicates"))
    missing, extra = (live.ask(each) for each in review(live, first).commands)
    assert ([row[0] for row in missing], [row[-2:] for row in extra]) == ([1] * 4, [(7, "x")] * 2)


def test_where_all_rows_are_the_same_there_is_nothing_to_look_at(live: Live) -> None:
    first, _ = live.merge(live.wish("basket"))
    assert review(live, first).commands == ()
