"""What partitions that are gone mean for a merge: where rows and partitions have no place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from core.model.restore import Check, CheckState
from core.postgres.text import quoted_identifier
from core.restore.merge.existing import Name
from core.restore.merge.partitions import PartitionGone
from core.restore.merge.pick import Picked

_BESIDE = "restore it beside, as a new database, and bring the rows over by hand"


def partition_checks(
    gone: tuple[PartitionGone, ...], picked: Picked, rows: Mapping[Name, int | None], codec: str
) -> Iterator[Check]:
    """What was found of each; ``rows`` is how many the backup has of a table."""
    made = {
        ((each.namespace or b"").decode(codec), (each.tag or b"").decode(codec))
        for each in picked.missing.tables
    }
    existing = {(each.chosen.table.schema, each.chosen.table.name) for each in picked.existing}
    for each in gone:
        if each.name in made:
            yield from _attached_again(each)
        elif each.name in existing:
            yield from _alone(each)
        elif rows.get(each.name) != 0:
            yield _without_place(each)


def _attached_again(gone: PartitionGone) -> Iterator[Check]:
    """A partition that is made again, and shall have its place."""
    told, parent = _told(gone.name), _told(gone.parent)
    name = f"partition {told}"
    if gone.overlapping:
        others = ", ".join(map(_told, gone.overlapping))
        yield Check(
            name,
            CheckState.STOP,
            f"{told} can't be attached to {parent} again: {others} has values of its bounds",
            f"ALTER TABLE … DETACH PARTITION that, or {_BESIDE}",
        )
    elif gone.overlapping is None:
        yield Check(
            name,
            CheckState.UNKNOWN,
            f"whether another partition of {parent} has the place of {told} can't be told from"
            " here: the merge would fail then, and change nothing",
        )
    if gone.default is not None and gone.default != gone.name:
        yield Check(
            name,
            CheckState.UNKNOWN,
            f"where {_told(gone.default)}, the default partition of {parent}, has rows of"
            f" {told} by now, that can't be attached: the merge fails then, and changes nothing",
            "look there first, and move such rows",
        )


def _alone(gone: PartitionGone) -> Iterator[Check]:
    """A chosen table that is there, and is no partition any more."""
    told, parent = _told(gone.name), _told(gone.parent)
    yield Check(
        f"partition {told}",
        CheckState.WARNING,
        f"{told} was a partition of {parent} and is none any more: rows come back into it alone",
        f"where it shall be one again: {_attaching(gone)}",
    )


def _without_place(gone: PartitionGone) -> Check:
    """A partition of a chosen table, whose rows would come back into that."""
    told, parent = _told(gone.name), _told(gone.parent)
    remedy = f"bring it back first: --table {told}; or, where it was detached: {_attaching(gone)}"
    if gone.overlapping == () and gone.default is None:
        return Check(
            f"partition {told}",
            CheckState.STOP,
            f"{told} is no partition of {parent} any more, and no other one takes its rows",
            remedy,
        )
    return Check(
        f"partition {told}",
        CheckState.WARNING,
        f"{told} is no partition of {parent} any more: its rows go into others, and where none"
        " takes one the merge fails and changes nothing",
        remedy,
    )


def _attaching(gone: PartitionGone) -> str:
    parent, name = (".".join(map(quoted_identifier, each)) for each in (gone.parent, gone.name))
    return f"ALTER TABLE {parent} ATTACH PARTITION {name} {gone.bound}"


def _told(name: Name) -> str:
    return ".".join(name)
