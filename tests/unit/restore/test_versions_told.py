"""What is said of definitions that a server of another major version tells otherwise."""

from __future__ import annotations

from dataclasses import replace

from core.backup.fingerprint import compare
from core.restore.validate.fingerprint import told_with_versions
from tests.unit.backup.test_manifest import MANIFEST

BEFORE = MANIFEST.fingerprint
DIFFERENCES = compare(BEFORE, replace(BEFORE, schema="another", privileges="another"))


def test_a_difference_that_the_version_may_make_is_told_with_both_versions() -> None:
    schema, privileges = told_with_versions(DIFFERENCES, 14, 15)
    assert schema.startswith("the definition of the schema: not the same (the backup is of")
    assert "PostgreSQL 14, this is 15" in schema
    assert privileges == "owners or grants: not the same"


def test_on_the_version_that_was_backed_up_a_difference_is_one() -> None:
    assert tuple(told_with_versions(DIFFERENCES, 15, 15)) == DIFFERENCES
