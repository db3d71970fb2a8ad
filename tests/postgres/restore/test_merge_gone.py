"""What went with a dropped table: all that comes back is named, and what does not is told."""

from __future__ import annotations

import pytest

from core.model.restore import CheckState
from tests.servers.merging import Live


def test_what_comes_back_with_it_is_named(live: Live) -> None:
    live.run("DROP TABLE sales.orders CASCADE")
    plan = live.plan(live.wish("orders", dependents=True))
    (check,) = (each for each in plan.checks if each.name == "gone with it")
    (step,) = (each for each in plan.steps if each.phase == "indexes and constraints")
    assert check.state is CheckState.OK
    for named in ("view sales.busy", "materialized view sales.sums"):
        assert named in check.what
        assert named in step.what


@pytest.mark.parametrize("dependents", [False, True])
def test_a_table_that_inherited_from_it_and_was_not_chosen_is_told(
    live: Live, dependents: bool
) -> None:
    live.run("DROP TABLE sales.parent CASCADE")
    wish = live.wish("parent", dependents=dependents)
    (check,) = (e for e in live.plan(wish).checks if e.name == "tables gone with it")
    assert (check.state, check.remedy) == (
        CheckState.WARNING,
        "choose it, too: --table sales.child",
    )
    _, done = live.merge(wish)
    (told,) = (each for each in done.differences if "sales.child" in each)
    assert told.endswith("is not there, and was not chosen")
