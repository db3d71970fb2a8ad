"""What is to be known of parts of a backup: what comes with them, and what does not."""

from __future__ import annotations

from collections.abc import Iterator

from core.model.restore import Check, CheckState
from core.restore.archive.taken import Taken

_TOLD = 5


def part_checks(chosen: Taken) -> Iterator[Check]:
    """Tables without rows, and foreign keys that are left out."""
    if chosen.without_rows:
        names = [f"{each.schema}.{each.name}" for each in chosen.without_rows]
        yield Check(
            "needed tables",
            CheckState.WARNING,
            f"{_listed(names)} is needed by what was chosen and comes without rows: views on it"
            " show none of them",
            " ".join(f"--table {each}" for each in names[:_TOLD]) + " brings the rows, too",
        )
    if chosen.left_out:
        keys = [(each.entry.tag or b"").decode("utf-8", "replace") for each in chosen.left_out]
        yield Check(
            "foreign keys",
            CheckState.WARNING,
            f"{_listed(keys)} is left out: the table on its other side is not chosen",
            "choose that one, too",
        )


def _listed(names: list[str]) -> str:
    told, rest = ", ".join(names[:_TOLD]), len(names) - _TOLD
    return f"{told} and {rest} more" if rest > 0 else told
