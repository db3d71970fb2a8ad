"""Which tables are hashed, in which order, and which get helpers."""

from __future__ import annotations

import pytest

from core.backup.dump.tables import DumpedTable
from core.backup.fingerprint.content import Question, questions
from core.backup.fingerprint.definitions import Definition
from core.model.backup import TableName


def asked(sizes: list[int], *, workers: int, budget_bytes: int = 0) -> list[Question]:
    """The questions about tables of these sizes."""
    tables = [
        DumpedTable(
            oid=oid,
            table=TableName("public", f"t{oid}"),
            bytes=size,
            readable=True,
            row_security=False,
            unlogged=False,
            of_extension=False,
            condition="",
        )
        for oid, size in enumerate(sizes)
    ]
    definitions = {each.oid: Definition((), "") for each in tables}
    return questions(tables, definitions, budget_bytes=budget_bytes, workers=workers)


def test_the_biggest_comes_first_and_the_smallest_are_hashed_within_the_budget() -> None:
    found = asked([20, 50, 10], workers=2, budget_bytes=30)

    assert [(each.table.bytes, each.hashed) for each in found] == [
        (50, False),
        (20, True),
        (10, True),
    ]


@pytest.mark.parametrize(
    ("sizes", "workers", "helpers"),
    [
        ([100], 1, [0]),
        ([100], 4, [3]),
        ([60, 30, 10], 2, [1, 0, 0]),
        ([50, 50], 2, [0, 0]),
        ([60, 40], 4, [2, 1]),
        ([25, 25, 25, 25], 4, [0, 0, 0, 0]),
        ([0, 0], 2, [0, 0]),
    ],
)
def test_tables_beyond_a_workers_share_get_helpers(
    sizes: list[int], workers: int, helpers: list[int]
) -> None:
    assert [each.helpers for each in asked(sizes, workers=workers)] == helpers


def test_there_are_fewer_helpers_than_workers_in_all() -> None:
    for workers in range(1, 9):
        for sizes in ([1], [7, 1], [7, 5, 1], [7, 7, 7], [100, 30, 29, 3, 0]):
            assert sum(each.helpers for each in asked(sizes, workers=workers)) < workers
