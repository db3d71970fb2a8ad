"""What is found in the place of a repository is not taken for it: an empty folder, another disk."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from shutil import rmtree

import pytest

from core.api.backups import Backups
from core.backup import identity, layout, recognised
from core.backup.progress import SilentReporter
from core.backup.recognised import OtherRepositoryError
from core.backup.repository.open import open_repository
from core.backup.result import TakenBackup
from core.backup.run import take_backups
from core.backup.verify.job import verify_backups
from core.backup.verify.outcome import VerifyOutcome
from core.backup.verify.run import Wanted
from core.config.backup_settings import BackupSettings
from core.config.repository_settings import RepositorySettings
from core.errors import BackupError
from core.model.backup import CopyState
from tests.postgres.backup.taken import with_copies
from tests.servers.backing_up import SERVER, BackupSite


@pytest.fixture
def pair(site: BackupSite) -> BackupSite:
    """A host whose backups go to two folders, with one that is in both."""
    (site.folder / "offsite").mkdir(mode=0o700)
    both = with_copies(site, offsite=RepositorySettings(path=str(site.folder / "offsite")))
    both.take()
    return both


def unmounted(folder: Path) -> Path:
    """Where the disk was, there is its empty mount point; gives where the disk is now."""
    disk = folder.rename(folder.with_name(f"disk of {folder.name}"))
    folder.mkdir(mode=0o700)
    return disk


def mounted(folder: Path, disk: Path) -> None:
    folder.rmdir()
    disk.rename(folder)


def states(site: BackupSite) -> dict[str, list[CopyState]]:
    found: dict[str, list[CopyState]] = {}
    for entry in site.store.catalog.entries(SERVER):
        for copy in entry.copies:
            found.setdefault(copy.repository, []).append(copy.state)
    return found


def verified(site: BackupSite) -> VerifyOutcome:
    return verify_backups(
        site.store,
        site.settings,
        SERVER,
        Wanted(everything=True),
        who="anna",
        reporter=SilentReporter(),
    )


def imported(site: BackupSite, *names: str) -> int:
    """How many copies had vanished."""
    backups = Backups(site.settings, site.store, site.state)
    return sum(len(news.vanished) for news in backups.bring_in(names))


COMPLETE, MISSING = CopyState.COMPLETE, CopyState.MISSING


def test_an_empty_mount_point_gets_no_backup_and_none_is_copied_there(pair: BackupSite) -> None:
    disk = unmounted(pair.local)
    taken = pair.take()
    assert taken.copies == ("offsite",)
    ((name, error),) = taken.problems
    assert name == "local"
    assert "not mounted" in error.why
    assert "pgvigil backup import local" in error.remedy
    assert list(pair.local.iterdir()) == []
    mounted(pair.local, disk)
    assert pair.take().copies == ("local", "offsite")
    assert states(pair) == {"local": [COMPLETE] * 3, "offsite": [COMPLETE] * 3}


def test_where_it_is_the_only_repository_no_backup_is_taken(site: BackupSite) -> None:
    site.take()
    unmounted(site.local)
    with pytest.raises(BackupError, match="not the repository that has the backups of shop"):
        site.take()
    assert list(site.local.iterdir()) == []


def test_its_copies_are_not_taken_for_lost(pair: BackupSite) -> None:
    disk = unmounted(pair.local)
    outcome = verified(pair)
    assert [name for name, _ in outcome.unreachable] == ["local"]
    assert not outcome.repaired
    with pytest.raises(OtherRepositoryError):
        imported(pair)
    assert states(pair) == {"local": [COMPLETE], "offsite": [COMPLETE]}
    mounted(pair.local, disk)
    assert verified(pair).is_well


def test_another_repository_in_its_place_is_refused(pair: BackupSite) -> None:
    pair.take()
    offsite = pair.folder / "offsite"
    disk = unmounted(pair.local)
    mounted(pair.local, offsite)
    with pytest.raises(BackupError, match="not the repository"):
        pair.take(copies=["local"])
    pair.local.rename(offsite)
    disk.rename(pair.local)
    assert pair.take(copies=["local"]).copies == ("local",)


def test_a_new_disk_is_taken_once_a_person_says_so_and_filled_again(pair: BackupSite) -> None:
    unmounted(pair.local)
    assert imported(pair, "local") == 1
    assert ("accept repository", "repository local") in {
        (each.action, each.target) for each in pair.store.audit.entries(5)
    }
    assert states(pair) == {"local": [MISSING], "offsite": [COMPLETE]}
    assert pair.take().copies == ("local", "offsite")
    assert states(pair) == {"local": [COMPLETE] * 2, "offsite": [COMPLETE] * 2}
    pair.take()
    pair.local.rename(pair.folder / "the new disk")
    pair.local.mkdir(mode=0o700)
    assert pair.take().copies == ("offsite",)


def test_a_repository_whose_own_file_was_lost_gets_the_same_id_again(pair: BackupSite) -> None:
    pair.take()
    path = pair.local / layout.REPOSITORY_FILE
    before = path.read_bytes()
    path.unlink()
    assert pair.take().copies == ("local", "offsite")
    assert path.read_bytes() == before
    path.write_bytes(b"{")
    assert verified(pair).is_well
    assert path.read_bytes() == before


def with_server(site: BackupSite, name: str) -> BackupSite:
    """The same host, looking after a further server: here the same cluster by another name."""
    return site.changed(servers={**site.settings.servers, name: site.settings.servers[SERVER]})


def take_of(site: BackupSite, server: str) -> TakenBackup:
    order = replace(site.order(), server_id=server)
    (result,) = take_backups(
        site.store, site.settings, order, site.reporter, state_folder=site.state
    )
    if result.error is not None:
        raise result.error
    assert result.taken is not None
    return result.taken


def test_an_empty_mount_point_gets_no_first_backup_of_a_further_server_either(
    pair: BackupSite,
) -> None:
    both = with_server(pair, "blog")
    disk = unmounted(pair.local)
    taken = take_of(both, "blog")
    assert taken.copies == ("offsite",)
    assert "not mounted" in taken.problems[0][1].why
    assert list(pair.local.iterdir()) == []
    mounted(pair.local, disk)
    assert take_of(both, "blog").copies == ("local", "offsite")


def test_another_disk_gets_no_first_backup_of_a_further_server(pair: BackupSite) -> None:
    both = with_server(pair, "blog")
    disk = unmounted(pair.local)
    identity.claim(open_repository("other", RepositorySettings(path=str(pair.local))), "wiki", "1")
    assert take_of(both, "blog").copies == ("offsite",)
    rmtree(pair.local)
    disk.rename(pair.local)
    assert take_of(both, "blog").copies == ("local", "offsite")


def test_a_new_disk_that_was_accepted_takes_the_first_backup_of_a_further_server(
    pair: BackupSite,
) -> None:
    unmounted(pair.local)
    gone = replace(pair, settings=replace(pair.settings, servers={}))
    assert imported(gone, "local") == 0
    both = with_server(pair, "blog")
    assert take_of(both, "blog").copies == ("local", "offsite")
    assert pair.take().copies == ("local", "offsite")


def test_a_new_disk_is_accepted_for_a_repository_that_had_another_name_before(
    site: BackupSite,
) -> None:
    site.take()
    unmounted(site.local)
    renamed = with_server(site, "blog").changed(
        repositories={"disk": site.settings.repositories["local"]},
        backup=BackupSettings(copies=("disk",), lease_seconds=5),
    )
    with pytest.raises(BackupError, match="pgvigil backup import disk"):
        take_of(renamed, "blog")
    imported(renamed, "disk")
    assert take_of(renamed, "blog").copies == ("disk",)


def test_a_place_whose_backups_are_all_gone_may_be_made_anew(site: BackupSite) -> None:
    taken = site.take()
    site.store.catalog.remove(taken.manifest.backup_id)
    unmounted(site.local)
    assert take_of(with_server(site, "blog"), "blog").copies == ("local",)


def test_a_repository_that_was_moved_leaves_its_place_to_another_one(pair: BackupSite) -> None:
    moved = pair.folder / "moved"
    pair.local.rename(moved)
    repositories = {**pair.settings.repositories, "local": RepositorySettings(path=str(moved))}
    there = pair.changed(repositories=repositories)
    assert there.take().copies == ("local", "offsite")
    pair.local.mkdir(mode=0o700)
    further = with_copies(there, third=RepositorySettings(path=str(pair.local)))
    assert further.take().copies == ("local", "offsite", "third")


def test_another_host_begins_in_a_folder_of_its_own_under_the_same_name(
    site: BackupSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.take()
    disk = unmounted(site.local)  # what is there is the other host's own folder
    monkeypatch.setattr(recognised, "host_name", lambda: "bergen")
    bergen = with_server(site, "blog")
    assert take_of(bergen, "blog").copies == ("local",)
    with pytest.raises(BackupError) as refused:
        bergen.take()
    assert "host" in refused.value.why
    assert str(site.local) in refused.value.why
    assert "[repositories.local-bergen]" in refused.value.remedy
    monkeypatch.undo()
    own = site.local.rename(site.folder / "of bergen")
    disk.rename(site.local)
    assert site.take().copies == ("local",)
    assert own.joinpath("blog").exists()


def test_what_a_host_accepts_is_not_accepted_for_the_folders_of_another_one(
    site: BackupSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.take()
    disk = unmounted(site.local)
    monkeypatch.setattr(recognised, "host_name", lambda: "bergen")
    bergen = replace(with_server(site, "blog"), store=site.store)
    only_blog = bergen.changed(servers={"blog": bergen.settings.servers["blog"]})
    take_of(only_blog, "blog")
    site.local.rename(site.folder / "old")
    site.local.mkdir(mode=0o700)
    imported(only_blog, "local")
    assert site.store.catalog.repository_ids.get("blog", "local") == ""
    assert site.store.catalog.repository_ids.get(SERVER, "local")
    monkeypatch.undo()
    site.local.rmdir()
    disk.rename(site.local)
    assert site.take().copies == ("local",)
