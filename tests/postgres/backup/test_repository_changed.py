"""What is found in the place of a repository is not taken for it: an empty folder, another disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.api.backups import Backups
from core.backup import layout
from core.backup.progress import SilentReporter
from core.backup.recognised import OtherRepositoryError
from core.backup.verify.job import verify_backups
from core.backup.verify.outcome import VerifyOutcome
from core.backup.verify.run import Wanted
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
