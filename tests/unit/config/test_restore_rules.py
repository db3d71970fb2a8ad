"""What is said of assertions about restored databases that can't be meant so."""

from __future__ import annotations

import pytest

from core.config.check import examine

GOOD = '[[restore.assert]]\nname = "orders"\nsql = "SELECT true"\n'


@pytest.mark.parametrize(
    ("text", "key", "what"),
    [
        ('[[restore.assert]]\nsql = "SELECT 1"', "restore.assert.0", "has no name"),
        ('[[restore.assert]]\nname = "x"\nsql = " "', "restore.assert.0", "has no statement"),
        (GOOD + GOOD, "restore.assert.1.name", "is there twice"),
        (GOOD + "expect = 1", "restore.assert.0.expect", "is a whole number"),
        (GOOD + 'expcet = "1"', "restore.assert.0.expcet", "is not a key"),
        ('[restore]\nassert = "SELECT true"', "restore.assert", "is text"),
    ],
)
def test_a_mistake_is_named_with_its_key(text: str, key: str, what: str) -> None:
    [problem] = examine(text).problems
    assert (problem.key, what in problem.what) == (key, True), problem


def test_assertions_are_read_in_their_order() -> None:
    more = GOOD.replace("orders", "b").replace("true", "2") + 'expect = "2"'
    examined = examine(f"[restore]\namcheck = false\n{GOOD}{more}")
    assert examined.problems == ()
    restore = examined.settings.restore
    assert restore.amcheck is False
    assert [(each.name, each.expect) for each in restore.assert_] == [
        ("orders", "true"),
        ("b", "2"),
    ]
