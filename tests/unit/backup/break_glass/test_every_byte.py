"""Every byte of a small backup is changed in turn, and each file is cut at each length.

The script is imported here, not run a process at a time: there are thousands of changes.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from core.backup.break_glass import standalone
from core.backup.keys.key import KeyEncryptionKey
from core.backup.keys.ring import KeyRing
from core.backup.keys.wraps_file import NAME as WRAPS
from tests.unit.backup.break_glass.backups_on_disk import BackupOnDisk, write_backup

KEY = KeyEncryptionKey.generate()
CONTENTS = {"toc.dat": b"PGDMP" + bytes(90), "1.dat": b"", "globals.sql": b"CREATE ROLE a;"}


@pytest.fixture(scope="module")
def backup(tmp_path_factory: pytest.TempPathFactory) -> BackupOnDisk:
    return write_backup(tmp_path_factory.mktemp("server"), KeyRing(KEY), CONTENTS)


def opens(backup: BackupOnDisk) -> bool:
    """Whether all of it opens; what the script's ``main`` catches means that it doesn't."""
    keys = standalone.Keys(KEY.material, "")
    try:
        standalone.Opened(backup.folder, keys).write_all(None)
    except (standalone.NotGood, KeyError, TypeError, ValueError, AttributeError):
        return False
    return True


def sealed_files(backup: BackupOnDisk) -> list[Path]:
    return sorted(backup.folder.rglob("*.sealed"))


def test_the_untouched_backup_opens(backup: BackupOnDisk) -> None:
    assert opens(backup)
    assert len(sealed_files(backup)) == 4


def test_every_changed_byte_is_found(backup: BackupOnDisk) -> None:
    for path in sealed_files(backup):
        content = path.read_bytes()
        for place in range(len(content)):
            changed = bytearray(content)
            changed[place] ^= 1 << place % 8
            path.write_bytes(changed)
            assert not opens(backup), f"{path.name}, byte {place}"
        path.write_bytes(content)


def test_every_cut_and_an_addition_are_found(backup: BackupOnDisk) -> None:
    for path in sealed_files(backup):
        content = path.read_bytes()
        for changed in (*(content[:length] for length in range(len(content))), content + b"\0"):
            path.write_bytes(changed)
            assert not opens(backup), f"{path.name}, {len(changed)} bytes"
        path.write_bytes(content)


def test_every_changed_byte_of_the_wraps_is_found_or_harmless(backup: BackupOnDisk) -> None:
    path = backup.folder / WRAPS
    content = path.read_bytes()
    harmless = 0
    for place in range(len(content)):
        changed = bytearray(content)
        changed[place] ^= 4
        path.write_bytes(changed)
        harmless += opens(backup)  # what opens was authenticated byte by byte
    path.write_bytes(content)
    assert harmless < len(content) / 5
