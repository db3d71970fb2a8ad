"""What must hold between the keys of each of ``[[restore.assert]]``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from core.config.problems import KeyPath
from core.config.restore_settings import RestoreSettings


class BrokenRestoreRule(NamedTuple):
    """Which key breaks a rule, what is wrong, and what is expected."""

    path: KeyPath
    what: str
    expected: str


def broken_restore_rules(settings: RestoreSettings) -> Iterator[BrokenRestoreRule]:
    """Every rule that the assertions break, beside what each value breaks by itself."""
    seen: set[str] = set()
    for index, each in enumerate(settings.assert_):
        at: KeyPath = ("restore", "assert", index)
        if not each.name:
            wanted = 'name = "…": reports call it so'
            yield BrokenRestoreRule(at, "has no name", wanted)
        elif each.name in seen:
            yield BrokenRestoreRule((*at, "name"), "is there twice", "another name")
        seen.add(each.name)
        if not each.sql.strip():
            yield BrokenRestoreRule(at, "has no statement", 'sql = "SELECT …"')
