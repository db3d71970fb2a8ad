"""What pg_dump leaves out for a role is told with the backup: never a silent subset."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from core.model.backup import BackupKind, Manifest
from core.postgres.embedded import EmbeddedServer
from tests.postgres.backup.conftest import run
from tests.servers.backing_up import SERVER, BackupSite
from tests.servers.databases import fresh_role
from tui.backup_report import backup_document, backup_lines

HIDDEN = """
CREATE FOREIGN DATA WRAPPER w;
CREATE SERVER branch FOREIGN DATA WRAPPER w;
CREATE USER MAPPING FOR postgres SERVER branch OPTIONS (user 'anna', password 'hidden');
CREATE SERVER bare FOREIGN DATA WRAPPER w;
CREATE USER MAPPING FOR postgres SERVER bare;
SELECT lo_unlink(oid) FROM pg_largeobject_metadata;
"""
SUBSCRIPTION = "CREATE SUBSCRIPTION news CONNECTION 'host=h' PUBLICATION p WITH (connect = false)"
DROP = (
    "ALTER SUBSCRIPTION news DISABLE",
    "ALTER SUBSCRIPTION news SET (slot_name = NONE)",
    "DROP SUBSCRIPTION news",
)


@pytest.fixture
def hidden(site: BackupSite) -> Iterator[BackupSite]:
    """A database with a subscription, and a user mapping with a password."""
    run(site.dsn, HIDDEN)
    run(site.dsn, SUBSCRIPTION)
    yield site
    for statement in DROP:
        run(site.dsn, statement)


def test_what_the_least_role_may_not_see_is_told_with_its_backup(
    hidden: BackupSite, postgres: EmbeddedServer
) -> None:
    with fresh_role(postgres, member_of="pg_read_all_data") as (role, password):
        dsn = postgres.dsn(hidden.server_database, user=role, password=password)
        server = replace(hidden.settings.servers[SERVER], dsn=dsn)
        least = hidden.changed(servers={SERVER: server})
        (result,) = least.results()
        chosen = least.take(BackupKind.DATA.value, tables=["public.orders"])
    assert result.taken is not None
    manifest = result.taken.manifest
    options, subscriptions = manifest.warnings
    assert options == (
        "the options of user mappings (user, password) are not in it: postgres on branch;"
        f" the role {role} may not see them"
    )
    assert subscriptions.startswith("pg_dump: subscriptions not dumped")
    assert f"warning: {options}; warning: {subscriptions}" in result.sentence
    assert told(least, manifest) == [f"Warning    {each}" for each in manifest.warnings]
    assert not any("user mappings" in each for each in chosen.manifest.warnings)


def test_a_superusers_backup_has_them_and_warns_of_nothing(hidden: BackupSite) -> None:
    manifest = hidden.take(BackupKind.SCHEMA.value).manifest
    assert manifest.warnings == ()
    assert told(hidden, manifest) == []


def told(site: BackupSite, manifest: Manifest) -> list[str]:
    """What the command line shows of it; the document has the same."""
    entry = site.store.catalog.get(manifest.backup_id)
    assert entry is not None
    assert entry.warnings == manifest.warnings
    assert backup_document(entry, manifest)["warnings"] == list(manifest.warnings)
    return [each for each in backup_lines(entry, manifest) if each.startswith("Warning")]
