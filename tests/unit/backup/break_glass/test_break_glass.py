"""A backup is opened with the key and one script; what is not as it was written is refused."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict

from core.backup.break_glass import readme, standalone
from core.backup.keys.derivation import Derivation
from core.backup.keys.key import KeyEncryptionKey
from core.backup.keys.key_file import write_key_file
from core.backup.keys.recovery import recovery_lines
from core.backup.keys.ring import KeyRing
from tests.unit.backup.break_glass.backups_on_disk import FULL, STEP, BackupOnDisk, write_backup
from tests.unit.backup.break_glass.conftest import Run

KEY = KeyEncryptionKey.generate()
RING = KeyRing(KEY)
CONTENTS = {
    "globals.sql": b"CREATE ROLE app;\n",
    "toc.dat": b"PGDMP" + bytes(200),
    "3456.dat.zst": os.urandom(64 * 3),
    "3457.dat.zst": b"",
}
TYPED = "\n".join(recovery_lines(KEY)) + "\n"


@pytest.fixture
def server(tmp_path: Path) -> Path:
    return tmp_path / "repository" / "orders"


@pytest.fixture
def full(server: Path) -> BackupOnDisk:
    return write_backup(server, RING, CONTENTS)


def written(out: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(out)): path.read_bytes() for path in out.rglob("*") if path.is_file()
    }


EXPECTED = {
    "globals.sql": CONTENTS["globals.sql"],
    "database/toc.dat": CONTENTS["toc.dat"],
    "database/3456.dat.zst": CONTENTS["3456.dat.zst"],
    "database/3457.dat.zst": CONTENTS["3457.dat.zst"],
}


def test_the_recovery_key_typed_line_by_line_opens_everything(
    run_script: Run, full: BackupOnDisk, tmp_path: Path
) -> None:
    done = run_script(tmp_path / "out", "--folder", full.folder, given=TYPED)
    assert done.returncode == 0, done.stderr
    assert written(tmp_path / "out") == EXPECTED
    assert f"pg_restore --exit-on-error -j 4 -d 'orders; \\x1b[2J' {tmp_path}/out" in done.stdout
    assert f"psql -X -d postgres -f {tmp_path}/out/globals.sql" in done.stdout
    assert "PostgreSQL 18 or newer" in done.stdout
    assert "\x1b" not in done.stdout


@pytest.mark.parametrize("name", ["a=b", "wé'ird \"=\\db", "postgresql://elsewhere/x"])
def test_pg_restore_is_led_to_a_database_of_an_awkward_name(name: str, tmp_path: Path) -> None:
    manifest = {
        "artifacts": [],
        "database": name,
        "program_version": 180000,
        "archive_format": "directory",
    }
    steps = standalone.next_steps(manifest, tmp_path).splitlines()
    words = shlex.split(next(each for each in steps if "--exit-on-error" in each))
    assert conninfo_to_dict(words[words.index("-d") + 1]) == {"dbname": name}


def test_a_key_file_opens_everything(run_script: Run, full: BackupOnDisk, tmp_path: Path) -> None:
    write_key_file(tmp_path / "main.key", KEY)
    arguments = (tmp_path / "out", "--folder", full.folder, "--key-file", tmp_path / "main.key")
    done = run_script(*arguments)
    assert done.returncode == 0, done.stderr
    assert written(tmp_path / "out") == EXPECTED


def test_a_passphrase_opens_everything(run_script: Run, server: Path, tmp_path: Path) -> None:
    cheap = Derivation(b"0123456789abcdef", cost=16)
    ring = KeyRing(
        KeyEncryptionKey(cheap.key_from("caf\N{LATIN SMALL LETTER E WITH ACUTE}"), cheap)
    )
    backup = write_backup(server, ring, CONTENTS)
    (tmp_path / "phrase").write_text("cafe\N{COMBINING ACUTE ACCENT}\n", encoding="utf-8")
    arguments = ("--folder", backup.folder, "--passphrase-file", tmp_path / "phrase")
    done = run_script(tmp_path / "out", *arguments)
    assert done.returncode == 0, done.stderr
    assert written(tmp_path / "out") == EXPECTED


def test_a_backup_that_is_not_encrypted_needs_no_key(
    run_script: Run, server: Path, tmp_path: Path
) -> None:
    backup = write_backup(server, KeyRing(None), CONTENTS)
    assert run_script(tmp_path / "out", "--folder", backup.folder).returncode == 0
    assert written(tmp_path / "out") == EXPECTED


def test_beside_a_backup_it_needs_no_folder_to_be_named(
    run_script: Run, full: BackupOnDisk, tmp_path: Path
) -> None:
    (tmp_path / "break-glass.py").rename(full.folder / "break-glass.py")
    (tmp_path / "break-glass.py").symlink_to(full.folder / "break-glass.py")
    assert run_script("--check", given=TYPED).returncode == 0


def test_checking_writes_nothing(run_script: Run, full: BackupOnDisk, tmp_path: Path) -> None:
    before = {path.name for path in tmp_path.iterdir()}
    assert run_script("--check", "--folder", full.folder, given=TYPED).returncode == 0
    assert {path.name for path in tmp_path.iterdir()} == before


def test_references_to_earlier_backups_are_followed(
    run_script: Run, full: BackupOnDisk, server: Path, tmp_path: Path
) -> None:
    changed = {**CONTENTS, "toc.dat": b"another"}
    own = {name: changed[name] for name in ("globals.sql", "toc.dat")}
    referred = [full.artifact("3456.dat.zst"), full.artifact("3457.dat.zst")]
    step = write_backup(server, RING, own, backup_id=STEP, referred=referred)
    done = run_script(tmp_path / "out", "--folder", step.folder, given=TYPED)
    assert done.returncode == 0, done.stderr
    assert written(tmp_path / "out") == {**EXPECTED, "database/toc.dat": b"another"}


def test_a_missing_parent_is_named(
    run_script: Run, full: BackupOnDisk, server: Path, tmp_path: Path
) -> None:
    referred = [full.artifact("3456.dat.zst")]
    step = write_backup(server, RING, {}, backup_id=STEP, referred=referred)
    full.folder.rename(tmp_path / "elsewhere")
    done = run_script(tmp_path / "out", "--folder", step.folder, given=TYPED)
    assert done.returncode == 1
    assert f"put its folder here: {full.folder}" in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_parent_that_is_another_backup_is_refused(
    run_script: Run, full: BackupOnDisk, server: Path, tmp_path: Path
) -> None:
    referred = [full.artifact("3456.dat.zst")]
    step = write_backup(server, RING, {}, backup_id=STEP, referred=referred)
    full.folder.rename(tmp_path / "elsewhere")
    other = write_backup(server, RING, CONTENTS, backup_id="20261122T020000Z-full-0011aabb")
    other.folder.rename(full.folder)
    done = run_script("--check", "--folder", step.folder, given=TYPED)
    assert done.returncode == 1
    assert f"not {FULL}" in done.stderr


@pytest.mark.parametrize("changed", [{"digest": "0" * 64}, {"digest": ""}, {"plain_bytes": 7}])
def test_an_artifact_other_than_the_manifest_says_is_refused(
    run_script: Run, server: Path, changed: dict[str, str]
) -> None:
    backup = write_backup(server, RING, CONTENTS, changed={"toc.dat": changed})
    done = run_script("--check", "--folder", backup.folder, given=TYPED)
    assert done.returncode == 1
    assert "toc.dat" in done.stderr


def test_the_wrong_key_is_named_with_the_right_one(run_script: Run, full: BackupOnDisk) -> None:
    other = KeyEncryptionKey.generate()
    typed = "\n".join(recovery_lines(other)) + "\n"
    done = run_script("--check", "--folder", full.folder, given=typed)
    assert done.returncode == 1
    assert KEY.key_id in done.stderr
    assert other.key_id in done.stderr


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("", "no key was given"),
        (TYPED.replace("\n", "X\n", 1), "line 1"),
        ("\n".join(recovery_lines(KEY)[:2]), "no key was given"),
        ("\n".join(reversed(recovery_lines(KEY))), "line 1"),
    ],
    ids=["nothing", "a line too long", "two lines", "the wrong order"],
)
def test_a_mistyped_key_is_refused(
    run_script: Run, full: BackupOnDisk, given: str, said: str
) -> None:
    done = run_script("--check", "--folder", full.folder, given=given)
    assert done.returncode == 1
    assert said in done.stderr


@pytest.mark.parametrize("name", ["../../evil", "/etc/evil", "..", "a/b", "", ".hidden", "a\n"])
@pytest.mark.parametrize("field", ["file_name", "name", "backup_id"])
def test_names_that_lead_elsewhere_are_refused(
    run_script: Run, server: Path, tmp_path: Path, field: str, name: str
) -> None:
    backup = write_backup(server, RING, CONTENTS, changed={"toc.dat": {field: name}})
    done = run_script(tmp_path / "out", "--folder", backup.folder, given=TYPED)
    assert done.returncode == 1
    assert "no name that pgvigil gives" in done.stderr
    assert not (tmp_path / "out").exists()


def test_two_artifacts_of_one_name_are_refused(
    run_script: Run, server: Path, tmp_path: Path
) -> None:
    changed = {"3457.dat.zst": {"file_name": "toc.dat"}}
    backup = write_backup(server, RING, CONTENTS, changed=changed)
    done = run_script(tmp_path / "out", "--folder", backup.folder, given=TYPED)
    assert done.returncode == 1
    assert "twice" in done.stderr


def test_what_is_there_already_stays(run_script: Run, full: BackupOnDisk, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "mine").touch()
    done = run_script(out, "--folder", full.folder, given=TYPED)
    assert done.returncode == 1
    assert [path.name for path in out.iterdir()] == ["mine"]


def test_after_damage_nothing_is_left(run_script: Run, full: BackupOnDisk, tmp_path: Path) -> None:
    path = full.folder / "artifacts" / "3457.dat.zst.sealed"
    path.write_bytes(path.read_bytes()[:-1] + b"\0")
    before = {entry.name for entry in tmp_path.iterdir()}
    done = run_script(tmp_path / "out", "--folder", full.folder, given=TYPED)
    assert done.returncode == 1
    assert "3457.dat.zst" in done.stderr
    assert {entry.name for entry in tmp_path.iterdir()} == before


@pytest.mark.parametrize("arguments", [(), ("out", "--check"), ("--no-such-option",)])
def test_a_command_line_that_can_not_be_understood_ends_with_64(
    run_script: Run, arguments: tuple[str, ...]
) -> None:
    assert run_script(*arguments).returncode == 64


def test_the_note_beside_a_backup_names_what_there_is() -> None:
    text = readme().decode()
    for name in ("manifest.sealed", "artifacts/", "wraps.json", "break-glass.py", "--check"):
        assert name in text
