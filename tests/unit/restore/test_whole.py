"""Only all of a database takes a live one's place; what comes back without rows is told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from core.model.backup import BackupKind, Manifest, Selection, TableName
from core.model.restore import Check, CheckState, TargetKind
from core.restore.preflight import checks
from core.restore.validate import Validation
from tests.unit.backup.test_manifest import MANIFEST
from tests.unit.restore.test_preflight import TARGET, planned

FULL = replace(MANIFEST, kind=BackupKind.FULL, selection=Selection())
SCHEMA = replace(FULL, kind=BackupKind.SCHEMA)
DATA = replace(FULL, kind=BackupKind.DATA, selection=Selection(tables=("public.t",)))
EXCLUDING = replace(FULL, selection=Selection(excluded_tables=("public.cache",)))
CACHE = frozenset({TableName("public", "cache")})
BESIDE, SWAP, MERGE = TargetKind.BESIDE, TargetKind.SWAP, TargetKind.MERGE
OK, WARNING, STOP = CheckState.OK, CheckState.WARNING, CheckState.STOP


def told(kind: TargetKind, manifest: Manifest, **changes: Any) -> list[Check]:
    name = "orders_restored" if kind is BESIDE else "orders"
    of = replace(planned(TARGET, kind, name), manifest=manifest, **changes)
    return [each for each in checks(of) if each.name == "what comes back"]


@pytest.mark.parametrize(
    ("kind", "manifest", "changes", "state", "what"),
    [
        (SWAP, FULL, {}, OK, "all of the database"),
        (SWAP, FULL, {"is_whole": False}, STOP, "only a part of the backup is wanted"),
        (SWAP, SCHEMA, {}, STOP, "every row of orders would be gone"),
        (SWAP, DATA, {}, STOP, "only what was chosen for it (tables public.t)"),
        (SWAP, EXCLUDING, {}, OK, "all of the database"),
        (SWAP, EXCLUDING, {"left_out": CACHE}, STOP, "leaves out public.cache"),
        (SWAP, EXCLUDING, {"left_out": None}, CheckState.UNKNOWN, "without tables public.cache"),
        (BESIDE, FULL, {}, OK, "all of the database"),
        (BESIDE, FULL, {"is_whole": False}, OK, "what was chosen"),
        (BESIDE, EXCLUDING, {}, OK, "without tables public.cache"),
        (BESIDE, SCHEMA, {}, WARNING, "every table comes back empty"),
        (BESIDE, SCHEMA, {"is_whole": False}, WARNING, "every table comes back empty"),
        (BESIDE, SCHEMA, {"is_whole": False, "wants_rows": False}, OK, "what was chosen"),
        (BESIDE, DATA, {}, WARNING, "only what was chosen for it: tables public.t"),
        (MERGE, SCHEMA, {"is_whole": False}, STOP, "the tables would come back empty"),
    ],
)  # fmt: skip
def test_what_comes_back_is_told(
    kind: TargetKind, manifest: Manifest, changes: dict[str, Any], state: CheckState, what: str
) -> None:
    (found,) = told(kind, manifest, **changes)
    assert (found.state, what in found.what) == (state, True), found.what
    assert bool(found.remedy) is (state is not OK)


def test_a_merge_of_definitions_or_of_rows_that_are_there_is_not_held_up() -> None:
    assert told(MERGE, FULL, is_whole=False) == []
    assert told(MERGE, SCHEMA, is_whole=False, wants_rows=False) == []
    assert told(MERGE, SCHEMA, is_whole=False, entries=()) == []


def test_the_outcome_counts_no_tables_where_none_came_with_rows() -> None:
    whole, definitions = Validation((), 2, 1_000, 0), Validation((), 0, 0, 0)
    assert whole.told == "2 tables, 1,000 rows as they were"
    assert "no rows came with them" in definitions.told
