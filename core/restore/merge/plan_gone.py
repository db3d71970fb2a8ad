"""What went with the tables that come back: what of it comes back as well, and what does not."""

from __future__ import annotations

from collections.abc import Iterator

from core.model.restore import Check, CheckState
from core.restore.merge.entry_words import all_told, listed, named
from core.restore.merge.pick import MissingTables


def gone_checks(missing: MissingTables, codec: str, *, dependents: bool) -> Iterator[Check]:
    """Tables that inherited from them, and views and whatever else stood on them.

    All that comes back is named; with ``dependents`` these do.
    """
    if missing.tables_gone:
        yield Check(
            "tables gone with it",
            CheckState.WARNING,
            f"{listed(missing.tables_gone, codec)} stood on it, is not there either, and does not"
            " come back by itself",
            "choose it, too: "
            + " ".join(f"--table {named(each, codec)}" for each in missing.tables_gone),
        )
    if missing.dependents and dependents:
        yield Check(
            "gone with it",
            CheckState.OK,
            f"{all_told(missing.dependents, codec)} stood on it, is not there either, and comes"
            " back",
        )
    elif missing.dependents:
        yield Check(
            "gone with it",
            CheckState.WARNING,
            f"{listed(missing.dependents, codec)} stood on it, and is not there either",
            "to bring that back, too: --dependents",
        )
