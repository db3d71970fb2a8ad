"""Each copy of a backup has its own key: one that no key at hand opens is never called good."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.api.backup_names import UnknownNameError, check_lost_keys
from core.api.keys import Keys
from core.backup import layout
from core.backup.catalog import bring_in_line
from core.backup.keys.derivation import Derivation
from core.backup.keys.key import KeyEncryptionKey
from core.backup.keys.key_file import write_key_file
from core.backup.keys.ring import KeyRing, OpeningKeys
from core.backup.keys.sources import load_opening_keys
from core.backup.parent import newest_parent
from core.backup.progress import SilentReporter
from core.backup.retention import plan_prune
from core.backup.still_there import check_ancestors
from core.config.encryption_settings import KeySettings
from core.errors import BackupError
from core.model.backup import CopyState
from core.model.protection import BackupOverview, LostKey
from core.schedule.overview_keys import lost_keys
from tests.contract.repositories import small_folder
from tests.contract.verify.verifying import DUE, EVERYTHING, SEALING, verify
from tests.servers.backed_up import BackedUp, backed_up
from tests.servers.sealed_backups import CONTENTS, SERVER, SealedBackup, Sealing
from tui.backup_report import entry_table
from tui.panes.backup_words import copies_count, unproven

OLD = SEALING.key
NEW = KeyEncryptionKey.generate()


@pytest.fixture
def host(tmp_path: Path) -> Iterator[BackedUp]:
    """A host that keeps two copies, and has an old and a new key; new backups get the new one."""
    places = {name: small_folder(tmp_path / name).settings for name in ("first", "second")}
    with backed_up(tmp_path, places, SEALING) as host:
        write_key_file(tmp_path / "new.key", NEW)
        new = KeySettings(file=str(tmp_path / "new.key"))
        host.store.backup_keys.register(OLD.key_id, "main")
        host.store.backup_keys.register(NEW.key_id, "new")
        host.settings = replace(
            host.settings,
            encryption=replace(host.settings.encryption, key="new", recovery_kept_by="the tests"),
            keys={"new": new, **host.settings.keys},
        )
        host.later(hours=1)
        yield host


def without_old_key(host: BackedUp) -> None:
    host.settings = replace(host.settings, keys={"new": host.settings.keys["new"]})


def with_old_key(host: BackedUp, folder: Path) -> None:
    main = KeySettings(file=str(folder / "one.key"))
    host.settings = replace(host.settings, keys={**host.settings.keys, "main": main})


def rotate(host: BackedUp, *names: str) -> Keys:
    keys = Keys(host.settings, host.store)
    list(keys.rotate(names))
    return keys


def look(host: BackedUp, keys: OpeningKeys | None = None) -> None:
    """As a backup looks before it begins."""
    keys = keys or load_opening_keys(host.settings.encryption, host.settings.keys)
    for repository in host.repositories.values():
        bring_in_line(
            repository,
            host.store.catalog,
            keys,
            server=SERVER,
            configured=host.settings.repositories,
            reporter=SilentReporter(),
        )


def keys_of(host: BackedUp, backup: SealedBackup) -> dict[str, str | None]:
    return {name: copy.key_id for name, copy in host.copies(backup).items()}


def good(host: BackedUp, backup: SealedBackup) -> set[str]:
    return {name for name, copy in host.copies(backup).items() if copy.is_good}


def test_a_rotation_of_one_repository_changes_the_key_of_the_copies_there(host: BackedUp) -> None:
    backup = host.put(SEALING.full())
    keys = rotate(host, "first")
    assert keys_of(host, backup) == {"first": NEW.key_id, "second": OLD.key_id}
    assert keys.still_needed({OLD.key_id}) == {OLD.key_id: {"second": 1}}
    assert lost_keys(host.store, host.settings, SERVER) == ()
    without_old_key(host)
    lost = LostKey(OLD.key_id, "main", 1, ("second",))
    assert lost_keys(host.store, host.settings, SERVER) == (lost,)


def test_a_copy_that_no_key_at_hand_opens_is_not_good_until_one_does(
    host: BackedUp, tmp_path: Path
) -> None:
    backup = host.put(SEALING.full())
    rotate(host, "first")
    assert good(host, backup) == {"first", "second"}
    without_old_key(host)
    outcome = verify(host, DUE)
    assert [(each.repository, each.is_known) for each in outcome.copies] == [("second", False)]
    assert not outcome.is_well
    assert good(host, backup) == {"first"}
    assert f"it is sealed with key {OLD.key_id}" in host.copies(backup)["second"].problem
    assert host.store.protection.refused_copies(SERVER, until=host.now()).count == 1
    with_old_key(host, tmp_path)
    look(host)
    assert good(host, backup) == {"first", "second"}


def test_a_copy_whose_key_is_lost_for_good_comes_under_that_of_a_good_copy(host: BackedUp) -> None:
    full = host.put(SEALING.full())
    child = host.put(
        SEALING.incremental(full, 0.01, {"toc.dat": b"t", "1.dat": b"n"}, ["globals.sql"])
    )
    rotate(host, "first")
    without_old_key(host)
    path = layout.artifact_file(SERVER, full.backup_id, "3001.dat.zst")
    place = host.repositories["second"]
    place.write(path, b"x" + place.read(path)[1:])
    assert {each.repository for each in verify(host, EVERYTHING, level="sealed").unknown} == {
        "second"
    }
    for key_id in (NEW.key_id, "00ff00ff00ff00ff"):
        with pytest.raises(UnknownNameError, match=r"Key .* is not lost|No copy is sealed with"):
            check_lost_keys([key_id], host.settings, host.store)
    check_lost_keys([OLD.key_id], host.settings, host.store)
    other = verify(host, level="sealed", lost_keys=["00ff00ff00ff00ff"])
    assert (other.is_well, other.lost) == (False, ())
    outcome = verify(host, EVERYTHING, level="sealed", lost_keys=[OLD.key_id])
    assert outcome.is_well, outcome.lost
    assert {(e.backup_id, e.repository, e.artifacts) for e in outcome.repaired} == {
        (full.backup_id, "second", 1),
        (child.backup_id, "second", 0),
    }
    for backup in (full, child):
        assert keys_of(host, backup) == {"first": NEW.key_id, "second": NEW.key_id}
        assert good(host, backup) == {"first", "second"}
    assert lost_keys(host.store, host.settings, SERVER) == ()


def test_a_copy_whose_key_is_lost_stays_as_it_is_where_no_other_can_be_opened(
    host: BackedUp,
) -> None:
    backup = host.put(SEALING.full())
    without_old_key(host)
    wraps = layout.wraps_file(SERVER, backup.backup_id)
    before = [each.read(wraps) for each in host.repositories.values()]
    outcome = verify(host, EVERYTHING, level="sealed", lost_keys=[OLD.key_id])
    assert {each.repository for each in outcome.lost} == {"first", "second"}
    assert [each.read(wraps) for each in host.repositories.values()] == before


def test_neither_is_one_that_needs_such_a_copy(host: BackedUp) -> None:
    full = host.put(SEALING.full())
    child = Sealing(NEW).incremental(full, 0.01, {"toc.dat": b"t", "1.dat": b"n"}, ["globals.sql"])
    host.put(child)
    rotate(host, "first")
    without_old_key(host)
    look(host)
    assert (good(host, full), good(host, child)) == ({"first"}, {"first"})
    assert f"it needs {full.backup_id}" in host.copies(child)["second"].problem


def test_what_another_host_has_rotated_is_known_after_the_next_look(
    host: BackedUp, tmp_path: Path
) -> None:
    backup = host.put(SEALING.full())
    look(host)
    assert keys_of(host, backup) == {"first": OLD.key_id, "second": OLD.key_id}
    (tmp_path / "b").mkdir()
    with backed_up(tmp_path / "b", host.settings.repositories, SEALING, host="two") as another:
        another.settings = host.settings
        rotate(another, "second")
    look(host)
    assert keys_of(host, backup) == {"first": OLD.key_id, "second": NEW.key_id}


def test_a_rotation_goes_on_past_a_repository_that_is_away_and_says_so(
    host: BackedUp, tmp_path: Path
) -> None:
    backup = host.put(SEALING.full())
    (tmp_path / "first").rename(tmp_path / "away")
    keys = Keys(host.settings, host.store)
    reports = dict(keys.rotate(()))
    assert reports["first"].hindrance
    assert not reports["first"].is_complete
    assert (reports["second"].rewrapped, reports["second"].hindrance) == (1, "")
    assert host.copies(backup)["second"].key_id == NEW.key_id
    assert [each.backup_id for each in keys.verify(())] == ["", backup.backup_id]
    (tmp_path / "away").rename(tmp_path / "first")
    assert dict(keys.rotate(()))["first"].rewrapped == 1


def test_nothing_is_built_upon_a_copy_that_no_key_at_hand_opens(host: BackedUp) -> None:
    full = host.put(SEALING.full(contents={**CONTENTS, "toc.dat": b"PGDMP"}))
    rotate(host, "first")

    def parent(keys: KeyRing) -> tuple[str, str]:
        found, problems = newest_parent(
            host.store.catalog.entries(SERVER),
            server=SERVER,
            database="orders",
            repositories=list(host.repositories.values()),
            keys=keys,
            on_damage=host.store.catalog.record_copy,
        )
        return found.backup_id if found else "", "; ".join(problems)

    assert parent(KeyRing(NEW, [OLD])) == (full.backup_id, "")
    chosen, why = parent(KeyRing(NEW))
    assert chosen == ""
    assert f"no key at hand opens {full.backup_id} in second" in why
    assert host.states(full)["second"] is CopyState.COMPLETE


def test_no_manifest_stays_that_needs_a_copy_which_no_key_at_hand_opens(host: BackedUp) -> None:
    full = host.put(SEALING.full())
    child = Sealing(NEW).incremental(full, 0.01, {"toc.dat": b"t"}, ["globals.sql"])
    rotate(host, "first")
    check_ancestors(host.repositories["first"], child.manifest, KeyRing(NEW))
    with pytest.raises(BackupError, match="which no key at hand opens in second"):
        check_ancestors(host.repositories["second"], child.manifest, KeyRing(NEW))


def test_a_passphrase_at_hand_that_gives_the_key_is_as_good_as_that(host: BackedUp) -> None:
    derivation = Derivation.fresh()
    derived = KeyEncryptionKey(derivation.key_from("six words"), derivation)
    backup = host.put(Sealing(derived).full())
    look(host, OpeningKeys([NEW], passphrases=["other words"]))
    assert good(host, backup) == set()
    look(host, OpeningKeys([NEW], passphrases=["six words"]))
    assert good(host, backup) == {"first", "second"}


def test_a_backup_none_of_whose_copies_a_key_opens_is_not_good(host: BackedUp) -> None:
    backup = host.put(SEALING.full())
    without_old_key(host)
    look(host)
    entry = host.store.catalog.get(backup.backup_id)
    assert entry is not None
    assert (entry.is_good, entry.is_unverified, entry.is_closed) == (False, False, True)
    assert host.store.protection.last_good(SERVER, until=host.now()) == ()
    assert "NO KEY OPENS IT" in "\n".join(entry_table([entry]))
    assert unproven(entry).text == "✖ no key opens it"
    assert copies_count(entry, BackupOverview(copies_wanted=("first", "second"))).text == "0 of 2 ✖"
    (kept,) = plan_prune([entry], host.settings.retention, host.now()).kept
    assert "the newest, though it can't be read now" in kept.reasons
