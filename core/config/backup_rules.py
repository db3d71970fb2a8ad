"""What must hold between the keys of ``[backup]``."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import NamedTuple

from core.config.backup_settings import EVERY_DATABASE, BackupSettings
from core.config.problems import KeyPath


class BrokenBackupRule(NamedTuple):
    """Which key breaks a rule, what is wrong, and what is expected."""

    path: KeyPath
    what: str
    expected: str


def broken_backup_rules(
    backup: BackupSettings, repositories: Collection[str]
) -> Iterator[BrokenBackupRule]:
    """Every rule that these settings break; ``repositories`` are the names that there are."""
    for name in backup.copies:
        if name not in repositories:
            there = ", ".join(sorted(repositories))
            yield BrokenBackupRule(
                ("backup", "copies"),
                f"names {name}, and there is no [repositories.{name}]",
                f"one of {there}" if there else f"a table [repositories.{name}]",
            )
    if len(set(backup.copies)) < len(backup.copies):
        yield BrokenBackupRule(
            ("backup", "copies"), "names a repository twice", "each repository once"
        )
    if EVERY_DATABASE in backup.databases and len(backup.databases) > 1:
        wanted = f'["{EVERY_DATABASE}"] alone, or the names'
        yield BrokenBackupRule(("backup", "databases"), "names all and single ones", wanted)
    if backup.staging and not backup.staging.startswith(("/", "~")):
        here = "is not a whole path: it would depend on where pgvigil is started"
        yield BrokenBackupRule(("backup", "staging"), here, "a path that begins with / or ~")
