"""How backups are restored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from core.config.settings_types import Days, Hours, Seconds, about


@dataclass(frozen=True, slots=True)
class AssertSettings:
    """What must be true of a database after it was restored: one SELECT each.

    It runs read-only in the restored database, before that is opened for others; after a merge, in
    the live one. What is not as expected, or can't be asked, is a difference: the restore is not
    proven then. Where a part was restored, one about what is not there does not apply.
    """

    name: Annotated[str, about("What it is called in reports.", "orders of yesterday")] = ""
    server: Annotated[str, about("Backups of this server; empty: of every one.", "orders")] = ""
    database: Annotated[str, about("Backups of this database; empty: of every one.", "orders")] = ""
    sql: Annotated[
        str,
        about(
            "A statement; the first column of its first row is compared.",
            "SELECT count(*) > 0 FROM public.orders",
        ),
    ] = ""
    expect: Annotated[
        str,
        about("The value that it must give, as psql shows it; true and false are t and f, too."),
    ] = "true"


@dataclass(frozen=True, slots=True)
class RestoreSettings:
    """How backups are restored and proven, and how long a swap or a merge can be undone."""

    grace_days: Annotated[
        Days,
        about(
            "What a swap put aside, or a merge wrote down for its undo, is kept so long; then the"
            " next restore to its server drops it, or a watcher."
        ),
    ] = 7
    clear_hours: Annotated[
        Hours,
        about("A watcher clears so often what restores have left on its servers and on its host."),
    ] = 24
    scratch_hours: Annotated[
        Hours,
        about("A scratch server that stays up for longer, with what was restored, is a finding."),
    ] = 24
    approve: Annotated[
        bool,
        about(
            "A restore to a server that is marked production waits until a second person agrees"
            " (pgvigil restore approve), and so does the undo of a swap or a merge there."
        ),
    ] = False
    approved_hours: Annotated[
        Hours, about("An approval holds so long; then the restore must be agreed to anew.")
    ] = 24
    amcheck: Annotated[
        bool,
        about(
            "Tables and indexes of a restored database are checked by pg_amcheck, where that and"
            " the extension amcheck are there."
        ),
    ] = True
    assert_seconds: Annotated[
        Seconds, about("A statement of [[restore.assert]] is ended when it takes longer.")
    ] = 60
    assert_: Annotated[
        tuple[AssertSettings, ...], about("What must be true of a restored database.")
    ] = ()
