"""One place by two names is one copy: nothing is stored in it twice, and nothing counted twice."""

from __future__ import annotations

from shutil import copytree

import pytest

from core.api.backups import Backups
from core.backup import layout
from core.backup.one_place import SamePlaceError
from core.config.repository_settings import RepositorySettings
from core.model.backup import CopyState
from tests.postgres.backup.taken import with_copies
from tests.postgres.backup.test_repository_changed import verified
from tests.servers.backing_up import SERVER, BackupSite


@pytest.fixture
def linked(site: BackupSite) -> BackupSite:
    """A host whose second folder is a symbolic link to its first one."""
    link = site.folder / "link"
    link.symlink_to(site.local)
    return with_copies(site, link=RepositorySettings(path=str(link)))


def copies(site: BackupSite) -> list[dict[str, CopyState]]:
    return [
        {copy.repository: copy.state for copy in entry.copies}
        for entry in site.store.catalog.entries(SERVER)
    ]


def test_the_first_backup_of_all_has_one_copy_and_says_why(linked: BackupSite) -> None:
    taken = linked.take()
    assert taken.copies == ("local",)
    ((name, error),) = taken.problems
    assert name == "link"
    assert "the repository local by another name" in error.what
    assert "pgvigil-repository.json" in error.remedy
    assert copies(linked) == [{"local": CopyState.COMPLETE, "link": CopyState.MISSING}]
    assert verified(linked).copies


def test_a_name_that_is_added_later_brings_no_copies(site: BackupSite, linked: BackupSite) -> None:
    site.take()
    assert linked.take().copies == ("local",)
    assert linked.take("incremental").copies == ("local",)
    outcome = verified(linked)
    assert [name for name, _ in outcome.unreachable] == ["link"]
    assert all(CopyState.COMPLETE is not each.get("link") for each in copies(linked))
    backups = Backups(linked.settings, linked.store, linked.state)
    with pytest.raises(SamePlaceError):
        list(backups.bring_in(["link"]))


def test_what_was_counted_twice_before_is_counted_once(
    site: BackupSite, linked: BackupSite
) -> None:
    link = linked.settings.repositories["link"]
    alone = site.changed(repositories={"link": link})
    site.take()
    list(Backups(alone.settings, site.store, site.state).bring_in(["link"]))
    assert copies(site) == [{"local": CopyState.COMPLETE, "link": CopyState.COMPLETE}]
    site.take()
    assert linked.take().copies == ("local",)
    assert all(each["local"] is CopyState.COMPLETE for each in copies(linked))
    assert [each.get("link") for each in copies(linked)] == [None, None, CopyState.MISSING]


def test_a_renamed_repository_is_no_second_one(site: BackupSite) -> None:
    site.take()
    renamed = site.changed(repositories={"disk": site.settings.repositories["local"]})
    assert renamed.take(copies=["disk"]).copies == ("disk",)
    assert [each["disk"] for each in copies(renamed)] == [CopyState.COMPLETE] * 2


def test_a_copy_made_by_hand_with_its_id_counts_once_it_has_one_of_its_own(
    site: BackupSite,
) -> None:
    site.take()
    second = site.folder / "second"
    copytree(site.local, second)
    both = with_copies(site, second=RepositorySettings(path=str(second)))
    assert both.take().copies == ("local",)
    (second / layout.REPOSITORY_FILE).unlink()
    assert both.take().copies == ("local", "second")
    assert verified(both).is_well
    ids = both.store.catalog.repository_ids
    assert ids.get(SERVER, "second") not in (None, "", ids.get(SERVER, "local"))
    assert all(each["second"] is CopyState.COMPLETE for each in copies(both))
