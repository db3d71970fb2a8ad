"""A merge into the live database as it would be done: made of values, nothing is touched."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from core.model.backup import ArchiveFormat, Manifest
from core.model.restore import Check, CheckState, RestorePlan, RestoreWish, Step
from core.postgres.text import python_codec, quoted_identifier
from core.restore.fetch import FETCH, needed_artifacts
from core.restore.further_steps import further_steps
from core.restore.merge.entry_words import all_told, listed, named
from core.restore.merge.foreign_keys import KeyNames
from core.restore.merge.journal import create_statements
from core.restore.merge.live import LiveDatabase
from core.restore.merge.missing import FOREIGN_KEYS
from core.restore.merge.pick import MissingTables, Picked, pick
from core.restore.merge.plan_existing import chosen_twice, existing_checks
from core.restore.merge.plan_gone import gone_checks
from core.restore.merge.plan_partitions import partition_checks
from core.restore.merge.staging import STAGE
from core.restore.new_roles import created_roles, new_role_checks, role_steps
from core.restore.preflight import Planned, checks, in_order
from core.restore.preflight.roles import lacking
from core.restore.program import DEFINITIONS, INDEXES, ROWS
from core.restore.surroundings import Surroundings, planned, preflight_of, world_of
from core.restore.validate import AMCHECK, VALIDATE

_NOTHING = MissingTables()


def plan_merge(
    wish: RestoreWish, around: Surroundings, *, plan_id: str, now: datetime
) -> RestorePlan:
    """What bringing the chosen tables back into the live database would do.

    Raises:
        BackupError: the backup lacks a table that is wanted.
    """
    manifest = around.manifest
    codec = python_codec(manifest.fingerprint.encoding)
    picked = picked_of(wish, around)
    artifacts = needed_artifacts(manifest, picked.files)
    staged = sum(each.plain_bytes for each in artifacts)
    fetched = sum(each.sealed_bytes for each in artifacts)
    seen = picked_preflight(wish, around, picked)
    created = created_roles(wish, around, seen)
    found = in_order(
        (
            *checks(seen),
            *new_role_checks(created),
            *_checks(wish, picked, around.there, codec),
            *partition_checks(around.partitions_gone, picked, _rows(manifest), codec),
        )
    )
    steps = _Steps(wish, around, picked, codec, plan_id, fetched=fetched, staged=staged)
    return planned(
        wish,
        around,
        plan_id=plan_id,
        now=now,
        checks=found,
        steps=(*role_steps(created), *steps.all()),
        fetch_bytes=fetched,
        staged_bytes=staged,
        undo=undo_of(picked, codec),
        world=world_of(around, found) | _tables_there(wish, picked),
    )


def _rows(manifest: Manifest) -> dict[tuple[str, str], int | None]:
    return {(each.schema, each.name): each.rows for each in manifest.fingerprint.tables}


def picked_of(wish: RestoreWish, around: Surroundings) -> Picked:
    """What is taken of the archive, by what is there; nothing where there is no such database."""
    if around.there is None:
        return Picked(_NOTHING, ())
    return pick(
        around.contents,
        wish.tables,
        around.there,
        codec=python_codec(around.manifest.fingerprint.encoding),
        dependents=wish.dependents,
    )


def undo_of(picked: Picked, codec: str) -> str:
    """How a merge is undone, in words."""
    told = []
    if tables := ", ".join(named(each, codec) for each in picked.missing.tables):
        told.append(f"drop {tables} again, as long as the rows are as they came back")
    if picked.existing:
        told.append("drop what was staged; no table that is there is changed")
    return "; ".join(told)


def picked_preflight(wish: RestoreWish, around: Surroundings, picked: Picked) -> Planned:
    """What the checks before a merge look at."""
    artifacts = needed_artifacts(around.manifest, picked.files)
    staged = sum(each.plain_bytes for each in artifacts)
    return preflight_of(
        wish, around, entries=picked.missing.entries, staged_bytes=staged, workers=1
    )


def keeps_owners(wish: RestoreWish, around: Surroundings, picked: Picked) -> bool:
    """Whether objects get the owners that they had.

    Of an archive that is one stream no single owner can be left out: all are, or none.
    """
    if around.manifest.archive_format is ArchiveFormat.DIRECTORY:
        return wish.owners
    return wish.owners and not lacking(picked_preflight(wish, around, picked)).unowned


def _tables_there(wish: RestoreWish, picked: Picked) -> dict[str, str]:
    there = picked.those_there
    return {
        f"table {each.table.schema}.{each.table.name}": "there" if each in there else "not there"
        for each in wish.tables
    }


def _checks(
    wish: RestoreWish, picked: Picked, live: LiveDatabase | None, codec: str
) -> Iterator[Check]:
    if live is None:
        return
    missing = picked.missing
    yield _chosen(wish)
    for each in picked.existing:
        yield from existing_checks(each)
    yield from chosen_twice(picked.existing)
    if live.may_create_schemas:
        yield Check("right to merge", CheckState.OK, "the role may make the merge's own schema")
    else:
        yield Check(
            "right to merge",
            CheckState.STOP,
            f"the role may not make a schema in {live.name}, where the merge writes down what it"
            " did",
            f"GRANT CREATE ON DATABASE {quoted_identifier(live.name)} TO it, or restore as another",
        )
    if missing.needs_tables:
        names = listed(missing.needs_tables, codec)
        yield Check(
            "needed tables",
            CheckState.STOP,
            f"{names} is needed, and is not there either",
            "choose it, too: "
            + " ".join(f"--table {named(e, codec)}" for e in missing.needs_tables),
        )
    if missing.in_the_way:
        yield Check(
            "names",
            CheckState.STOP,
            f"{listed(missing.in_the_way, codec)} is there already, and was the missing table's",
            "rename it, or drop it where nobody needs it",
        )
    if missing.needed:
        yield Check(
            "needed objects",
            CheckState.OK,
            f"{listed(missing.needed, codec)} is missing, too, and comes back",
        )
    if missing.left_out:
        told = ", ".join(KeyNames(each, codec).told for each in missing.left_out)
        yield Check(
            "foreign keys",
            CheckState.WARNING,
            f"{told}: the other table is not there, and it is left out",
            "choose the other table, too",
        )
    yield from gone_checks(missing, codec, dependents=wish.dependents)


def _chosen(wish: RestoreWish) -> Check:
    if wish.tables and not wish.schemas:
        return Check("tables", CheckState.OK, f"{len(wish.tables)} are chosen")
    return Check(
        "tables",
        CheckState.STOP,
        "a merge brings chosen tables into a live database, no schemas and not everything",
        "name them: --table SCHEMA.NAME",
    )


class _Steps:
    def __init__(
        self,
        wish: RestoreWish,
        around: Surroundings,
        picked: Picked,
        codec: str,
        plan_id: str,
        *,
        fetched: int,
        staged: int,
    ) -> None:
        self._wish = wish
        self._around = around
        self._picked = picked
        self._codec = codec
        self._plan_id = plan_id
        self._fetched = fetched
        self._staged = staged

    def all(self) -> Iterator[Step]:
        """The steps in their order."""
        repository = self._around.choice.copy.repository
        yield Step(
            FETCH,
            f"Fetch {self._fetched:,} bytes of backup {self._around.manifest.backup_id} from"
            f" {repository} to this host, of the chosen tables alone; each is authenticated before"
            " any is used",
            seconds=self._seconds(FETCH, self._fetched),
        )
        yield Step(
            "journal",
            f"In {self._wish.target_database}, make a schema in which the merge writes down what it"
            " did",
            tuple(each.as_string() for each in create_statements(self._plan_id)),
            seconds=0.0,
        )
        staging = self._seconds(STAGE, self._staged)
        for each in self._picked.existing:
            told = f"{each.chosen.table.schema}.{each.chosen.table.name}"
            yield Step(
                STAGE,
                f"Load the backup's rows of {told} into that schema, and count what is different;"
                " the table itself is only read",
                seconds=None if staging is None else staging / len(self._picked.existing),
            )
        if self._picked.missing.tables:
            yield from self._missing(self._picked.missing)

    def _missing(self, missing: MissingTables) -> Iterator[Step]:
        program = self._around.programs.bin / "pg_restore"
        owner = "" if keeps_owners(self._wish, self._around, self._picked) else " --no-owner"
        yield Step(
            DEFINITIONS,
            "In one transaction, which nobody sees before it ends: make "
            + listed(missing.made, self._codec),
            (f"BEGIN; {program} --file=- --use-list=…{owner} archive | the session's own",),
            self._seconds(DEFINITIONS, self._staged),
        )
        yield Step(ROWS, "Load the rows", (), self._seconds(ROWS, self._staged))
        yield Step(
            INDEXES,
            "Build indexes and constraints; compare the rows with the backup's fingerprint"
            + self._standing_on(missing),
            (),
            self._seconds(INDEXES, self._staged),
        )
        names = [KeyNames(each, self._codec) for each in missing.foreign_keys]
        yield Step(
            FOREIGN_KEYS,
            "Add foreign keys from and to the tables, NOT VALID; then commit"
            if names
            else "Commit: no foreign key is from or to the tables",
            (*(" ".join(each.statement.split()) + " NOT VALID" for each in names), "COMMIT"),
            self._seconds(FOREIGN_KEYS, self._staged),
        )
        yield Step(
            VALIDATE,
            "Validate the foreign keys: a violation is told, and the table stays",
            (),
            self._seconds(VALIDATE, self._staged),
        )
        around = self._around
        checked = around.earlier.seconds_if_any(AMCHECK, self._staged, beside=VALIDATE)
        yield from further_steps(around.further, around.programs, checked)

    def _standing_on(self, missing: MissingTables) -> str:
        if not (missing.dependents and self._wish.dependents):
            return ""
        told = all_told(missing.dependents, self._codec)
        return f"; then make, each by itself, what stood on the tables: {told}"

    def _seconds(self, phase: str, size_bytes: int) -> float | None:
        return self._around.earlier.seconds(phase, size_bytes)
