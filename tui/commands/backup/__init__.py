"""``pgvigil backup …``: one module a command."""

from __future__ import annotations

from collections.abc import Mapping

DESCRIPTION = "Backups: taken, verified, protected, let go of, found again, written out."

COMMANDS: Mapping[str, str] = {
    "run": "take one now, and watch it",
    "list": "the backups that are known, newest last",
    "show": "one backup with all that its manifest says",
    "verify": "read stored copies again, and repair what is missing or damaged",
    "prune": "let go what the retention does not keep; shows it first",
    "protect": "keep one whatever the retention says",
    "import": "ask the repositories what they hold, on a new machine for example",
    "forget": "let go of a repository that the config has no more; shows it first",
    "export": "write one out as pg_dump wrote it, for plain pg_restore",
}
"""Every command with its line in ``pgvigil backup --help``."""
