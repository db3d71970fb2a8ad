"""The second step of a merge of rows as it would be done: the exact script, with its counts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from core.model.restore import Check, CheckState, RestorePlan, RestoreWish, Step
from core.restore.further_steps import further_steps
from core.restore.merge.apply import Reviewed
from core.restore.merge.existing import TableThere, owners_of
from core.restore.merge.rows_diff import Difference, StagedRows
from core.restore.merge.rows_shown import queries
from core.restore.merge.script import Actions, script
from core.restore.preflight import in_order
from core.restore.surroundings import Surroundings, planned, world_of
from core.restore.validate import AMCHECK

MERGE = "merge"


def plan_rows(
    wish: RestoreWish, around: Surroundings, *, plan_id: str, now: datetime
) -> RestorePlan:
    """What merging the rows that ``wish.staged_by`` staged would do."""
    reviewed = around.reviewed or Reviewed((), (), "")
    actions = Actions(wish.update, wish.delete)
    found = in_order(_checks(wish, reviewed))
    nothing = all(each.is_none for _, each in reviewed.pairs)
    statements = () if nothing else script(reviewed.pairs, actions, owners_of(dict(reviewed.there)))
    made = planned(
        wish,
        around,
        plan_id=plan_id,
        now=now,
        checks=found,
        steps=(
            *(_review(staged, each) for staged, each in reviewed.pairs),
            Step(
                MERGE,
                "In one transaction, as long as it is about these rows, as they are now",
                ("BEGIN", *(each.sql.as_string() for each in statements), "COMMIT"),
                around.earlier.seconds(MERGE),
            ),
            *further_steps(
                around.further,
                around.programs,
                around.earlier.seconds_if_any(AMCHECK, beside=MERGE),
            ),
        ),
        destroyed=_destroyed(reviewed, actions),
        undo="set every row back as it was, as long as nobody changed it since",
        world=world_of(around, found) | _rows_meant(reviewed, actions),
    )
    return replace(made, why=f"its rows were staged by {wish.staged_by}", passed_over=())


def _review(staged: StagedRows, found: Difference) -> Step:
    how = ", ".join(each.column for each in staged.key) or "whole rows"
    samples = "".join(f"; {each}" for each in found.samples)
    shown = queries(staged, found)
    look = "; these queries show the rows" if shown else ""
    told = f"{staged.told}, by {how}: {found.told}{samples}{look}"
    return Step("review", told, shown, seconds=0.0)


def _destroyed(reviewed: Reviewed, actions: Actions) -> Iterator[str]:
    for staged, found in reviewed.pairs:
        if actions.update and found.changed:
            yield f"{found.changed:,} rows of {staged.told} are set back"
        if actions.delete and found.extra:
            yield f"{found.extra:,} rows of {staged.told} are deleted"


def _rows_meant(reviewed: Reviewed, actions: Actions) -> dict[str, str]:
    """How many rows the script is about, and which: others, though as many, were not reviewed."""
    told = {}
    for staged, found in reviewed.pairs:
        for what, is_meant, count, content in (
            ("only in the backup", True, found.missing, found.missing_content),
            ("that are different", actions.update, found.changed, found.changed_content),
            ("only here", actions.delete, found.extra, found.extra_content),
        ):
            if is_meant:
                told[f"rows of {staged.told} {what}"] = str(count)
                told[f"content of the rows of {staged.told} {what}"] = content
    return told


def _checks(wish: RestoreWish, reviewed: Reviewed) -> Iterator[Check]:
    yield _staged(wish, reviewed)
    there = dict(reviewed.there)
    for staged, found in reviewed.pairs:
        yield from _table(wish, staged, found, there[staged.schema, staged.name])


def _staged(wish: RestoreWish, reviewed: Reviewed) -> Check:
    if reviewed.applied_by:
        return Check(
            "staged rows",
            CheckState.STOP,
            f"they were merged already, by {reviewed.applied_by}",
            "plan a new merge, or undo that one first",
        )
    if not reviewed.pairs:
        return Check(
            "staged rows",
            CheckState.STOP,
            f"nothing that {wish.staged_by} staged is in {wish.target_database} any more",
            "stage them again: pgvigil restore plan --merge",
        )
    if all(each.is_none for _, each in reviewed.pairs):
        return Check(
            "staged rows", CheckState.STOP, "all rows are as in the backup", "nothing is to be done"
        )
    return Check("staged rows", CheckState.OK, f"{len(reviewed.pairs)} tables are staged")


def _table(
    wish: RestoreWish, staged: StagedRows, found: Difference, there: TableThere
) -> Iterator[Check]:
    name = f"table {staged.told}"
    if set(staged.all_columns) != {each.name for each in there.columns if not each.generated}:
        yield Check(
            name,
            CheckState.STOP,
            f"the columns of {staged.told} were changed since its rows were staged",
            "stage them again: pgvigil restore plan --merge",
        )
    lacking = [
        word
        for word, wanted, may in (
            ("INSERT", found.missing, there.may_insert),
            ("UPDATE", wish.update and found.changed, there.may_update),
            ("DELETE", wish.delete and found.extra, there.may_delete),
        )
        if wanted and not may
    ]
    if lacking:
        role = f"its owner {there.writes_as}" if there.writes_as else "the role"
        yield Check(
            name,
            CheckState.STOP,
            f"{role} has no {', '.join(lacking)} on {staged.told}, or may not use its schema",
            f"GRANT {', '.join(lacking)} ON {staged.told}, and USAGE on its schema",
        )
    elif not there.may_lock:
        yield Check(
            name,
            CheckState.STOP,
            f"the role may not lock {staged.told} against others who write: INSERT is not enough",
            f"GRANT UPDATE ON {staged.told}, or restore as another role",
        )
    yield from _taken_with(wish, staged, found, there)
    yield from _triggers(staged, there)
    if there.rules:
        yield Check(
            f"rules of {staged.told}",
            CheckState.STOP,
            f"{', '.join(there.rules)} would do something else instead of what is written, or more",
            f"ALTER TABLE {staged.told} DISABLE RULE … for the time of the merge",
        )
    kept = [
        word
        for word, count, chosen in (
            ("different", found.changed, wish.update),
            ("only here", found.extra, wish.delete),
        )
        if count and not chosen
    ]
    if kept:
        yield Check(
            f"rows of {staged.told}",
            CheckState.OK,
            f"those that are {' or '.join(kept)} stay as they are (--update, --delete)",
        )


def _taken_with(
    wish: RestoreWish, staged: StagedRows, found: Difference, there: TableThere
) -> Iterator[Check]:
    """Foreign keys by which rows of tables that nobody chose would be written, too."""
    name = f"table {staged.told}"
    deleting = [each.told for each in there.referring if each.on_delete]
    if wish.delete and found.extra and deleting:
        yield Check(
            name,
            CheckState.STOP,
            f"deleting rows of {staged.told} takes or changes rows of others by"
            f" {', '.join(deleting)}, and an undo could not bring these back",
            "leave out --delete, or look at these rows and delete them by hand",
        )
    updating = [each.told for each in there.referring if each.follows(staged.updated)]
    if wish.update and found.changed and updating:
        yield Check(
            name,
            CheckState.STOP,
            f"setting rows of {staged.told} back changes rows of others by {', '.join(updating)},"
            " and an undo could not set these back",
            "leave out --update, or look at these rows and set them back by hand",
        )


def _triggers(staged: StagedRows, there: TableThere) -> Iterator[Check]:
    """What fires when rows are written, and with whose rights."""
    if not there.triggers:
        return
    name, fired = f"triggers of {staged.told}", f"{', '.join(there.triggers)} fire for each row"
    if there.binds_owner:
        yield Check(
            name,
            CheckState.STOP,
            f"{fired}, and would have a superuser's rights: row security binds the table's owner"
            f" {there.writes_as}, as whom the rows would be written",
            f"ALTER TABLE {staged.told} DISABLE TRIGGER USER for the time of the merge",
        )
        return
    rights = f"with the rights of {there.writes_as}, the table's owner" if there.writes_as else ""
    yield Check(
        name,
        CheckState.WARNING,
        f"{fired}, {rights or 'as for any application'}",
        "look whether that is wanted: they may write elsewhere, which an undo does not know; where"
        f" not: ALTER TABLE {staged.told} DISABLE TRIGGER USER for the time of the merge",
    )
