"""After a change of keys the catalog knows what each backup is under; what was missed is told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.api.keys import Keys
from core.backup.keys.sources import load_opening_keys
from core.config.encryption_settings import EncryptionSettings, KeySettings
from core.config.repository_settings import RepositorySettings
from core.model.backup import BackupKind
from core.model.protection import LostKey
from core.restore.choose import Wanted, choose_backup
from core.schedule.overview_keys import lost_keys
from tests.servers.backing_up import SERVER, BackupSite

NEW = EncryptionSettings(key="new", recovery_kept_by="the tests")


@pytest.fixture
def known(site: BackupSite) -> BackupSite:
    """A host whose key the store knows."""
    (status,) = Keys(site.settings, site.store).statuses()
    site.store.backup_keys.register(status.key_id, "main")
    return site


def with_new_key(site: BackupSite) -> BackupSite:
    new = KeySettings(file=str(site.folder / "new.key"))
    changed = site.changed(encryption=NEW, keys={"new": new, **site.settings.keys})
    Keys(changed.settings, changed.store).make("new")
    return changed


def without_old_key(site: BackupSite) -> BackupSite:
    return site.changed(keys={"new": site.settings.keys["new"]})


def key_ids(site: BackupSite) -> set[str]:
    return {key for entry in site.store.catalog.entries(SERVER) for key in entry.key_ids}


def test_a_rotation_has_the_catalog_know_the_new_key(known: BackupSite) -> None:
    known.take()
    both = with_new_key(known)
    both.take()
    assert len(key_ids(both)) == 2
    reports = dict(Keys(both.settings, both.store).rotate(()))
    assert key_ids(both) == {reports["local"].key_id}
    assert lost_keys(both.store, without_old_key(both).settings, SERVER) == ()


def test_a_backup_under_the_old_key_is_told_once_the_config_has_that_no_more(
    known: BackupSite,
) -> None:
    (old,) = known.store.backup_keys.all()
    both = with_new_key(known)
    list(Keys(both.settings, both.store).rotate(()))
    known.take()  # it began before the config was changed
    assert lost_keys(both.store, both.settings, SERVER) == ()
    after = without_old_key(both)
    lost = LostKey(old.key_id, "main", 1, ("local",))
    assert lost_keys(after.store, after.settings, SERVER) == (lost,)


def test_where_one_repository_was_not_rotated_nothing_is_built_upon_its_copies(
    known: BackupSite,
) -> None:
    """And a restore takes the copy that a key at hand opens, though the other was proven too."""
    (known.folder / "second").mkdir(mode=0o700)
    second = RepositorySettings(path=str(known.folder / "second"))
    two = known.changed(
        repositories={**known.settings.repositories, "second": second},
        backup=replace(known.settings.backup, copies=("second", "local")),
    )
    full = two.take().manifest
    both = with_new_key(two)
    list(Keys(both.settings, both.store).rotate(["local"]))
    after = without_old_key(both)
    (lost,) = lost_keys(after.store, after.settings, SERVER)
    assert lost.repositories == ("second",)
    taken = after.take("incremental").manifest
    assert (taken.kind, taken.ancestors) == (BackupKind.FULL, frozenset())
    found = choose_backup(
        after.store.catalog.entries(SERVER),
        Wanted(SERVER, full.database, backup_id=full.backup_id),
        keys=load_opening_keys(after.settings.encryption, after.settings.keys).key_ids,
        repositories=("second", "local"),
    )
    assert found.copy.repository == "local"
