"""The scripts that bring a store up to date are one chain, and the code knows each of them."""

from __future__ import annotations

from alembic.script import ScriptDirectory

from core.store import schema
from core.store.migrations.upgrade import scripts


def test_the_newest_revision_is_the_last_migration_script() -> None:
    chain = [script.revision for script in ScriptDirectory.from_config(scripts()).walk_revisions()]
    assert tuple(reversed(chain)) == schema.REVISIONS
