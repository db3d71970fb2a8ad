"""Whether a table that is there can be compared with the backup's, and what is different in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from core.model.restore import Check, CheckState
from core.restore.merge.staging import ToStage

_BESIDE = "restore it beside, as a new database, and bring the rows over by hand"
_WITH_ROWS = {"r", "p"}


def existing_checks(table: ToStage) -> Iterator[Check]:
    """What was found of one table."""
    told = f"{table.chosen.table.schema}.{table.chosen.table.name}"
    there, name = table.there, f"table {told}"
    if there.kind not in _WITH_ROWS:
        yield Check(
            name,
            CheckState.STOP,
            f"something that is no table is called {told} now",
            "rename it, and the backup's table comes back under its name",
        )
        return
    if not table.chosen.with_rows:
        yield Check(
            name, CheckState.STOP, f"{told} is there, and rows are not wanted", "leave it out"
        )
        return
    if not table.data:
        yield Check(
            name,
            CheckState.STOP,
            f"the backup has no rows of {told}: all that are there would count as only here",
            "choose a backup with rows: a full or an incremental one",
        )
    if not there.may_read:
        yield Check(
            name, CheckState.STOP, f"the role may not read {told}", f"GRANT SELECT ON {told}"
        )
    elif there.hides_rows:
        yield Check(
            name,
            CheckState.STOP,
            f"row security of {told} hides rows from the role, and nothing could be compared",
            "restore as a role with BYPASSRLS, or as a superuser",
        )
    elif table.match.stops:
        yield Check(name, CheckState.STOP, f"{told}: {'; '.join(table.match.stops)}", _BESIDE)
    elif table.match.told:
        yield Check(
            name,
            CheckState.WARNING,
            f"{told} is there: {'; '.join(table.match.told)}",
            "look whether the rows are right without these columns",
        )
    else:
        by = (
            ", ".join(each.column for each in there.key)
            or "whole rows, as no primary key tells them apart"
        )
        yield Check(name, CheckState.OK, f"{told} is there; its rows are compared by {by}")


def chosen_twice(tables: Sequence[ToStage]) -> Iterator[Check]:
    """Tables that have rows of the backup in common, as a partition and what it is one of."""
    for one, other in combinations(tables, 2):
        if not {each.dump_id for each in one.data} & {each.dump_id for each in other.data}:
            continue
        names = [f"{each.chosen.table.schema}.{each.chosen.table.name}" for each in (one, other)]
        why = (
            f"{names[0]} is chosen twice"
            if names[0] == names[1]
            else f"{names[0]} and {names[1]} have the same rows: one is a partition of the other"
        )
        yield Check(
            "tables", CheckState.STOP, f"{why}, and they would come back twice", "choose it once"
        )
