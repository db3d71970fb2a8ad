"""The commands that restore a backup by PostgreSQL's own programs."""

from __future__ import annotations

import shlex
import subprocess
from dataclasses import asdict, replace
from pathlib import Path

import msgspec
import pytest
from psycopg.conninfo import conninfo_to_dict

from core.backup.break_glass import standalone
from core.model.backup import Manifest
from core.model.fingerprint import Fingerprint
from tests.contract.catalogued import manifest as catalogued
from tui.plain_restore import restore_lines

COMMANDS = ("createdb -T", "pg_restore --exit-on-error", "pg_restore --create")


def manifest(database: str) -> Manifest:
    return replace(catalogued(), database=database)


def commands(of: Manifest, folder: Path) -> dict[str, str]:
    """The commands by how they begin."""
    lines = [line.strip() for line in restore_lines(of, folder)]
    return {begin: line for begin in COMMANDS for line in lines if line.startswith(begin)}


@pytest.mark.parametrize("name", ["a=b", "wé'ird \"=\\db", "postgresql://elsewhere/x"])
def test_pg_restore_is_led_to_a_database_of_an_awkward_name(name: str, tmp_path: Path) -> None:
    words = shlex.split(commands(manifest(name), tmp_path)["pg_restore --exit-on-error"])
    assert conninfo_to_dict(words[words.index("-d") + 1]) == {"dbname": name}


@pytest.mark.parametrize("name", ["new\nline's \\ end", "tab\tand = bell\x07"])
def test_a_name_that_does_not_show_can_be_copied_into_a_shell(name: str, tmp_path: Path) -> None:
    told = commands(manifest(name), tmp_path)
    create, restore = told["createdb -T"], told["pg_restore --exit-on-error"]
    assert create.isprintable()
    assert restore.isprintable()
    assert as_bash_reads(create)[-1] == name
    words = as_bash_reads(restore)
    target = words[words.index("-d") + 1]
    assert (conninfo_to_dict(target)["dbname"] if "=" in name else target) == name


def as_bash_reads(command: str) -> list[str]:
    """The words of a command, its first left out."""
    told = subprocess.run(
        ["bash", "-c", f"set -- {command}; printf '%s\\0' \"$@\""],
        check=True,
        capture_output=True,
    )
    return told.stdout.decode().split("\0")[1:-1]


LIBC = {"encoding": "LATIN1", "collation": "de_DE.latin1 C", "locale_provider": "c"}
ICU = {"encoding": "UTF8", "collation": "en_US.utf8 C de-DE-u-co-phonebk", "locale_provider": "i"}
BUILTIN = {"encoding": "UTF8", "collation": "C C C.UTF-8", "locale_provider": "b"}


@pytest.mark.parametrize(
    ("was", "version", "options"),
    [
        (
            LIBC,
            180001,
            "-E LATIN1 --lc-collate=de_DE.latin1 --lc-ctype=C --locale-provider=libc",
        ),
        (LIBC, 140002, "-E LATIN1 --lc-collate=de_DE.latin1 --lc-ctype=C"),
        (
            ICU,
            150002,
            "-E UTF8 --lc-collate=en_US.utf8 --lc-ctype=C"
            " --locale-provider=icu --icu-locale=de-DE-u-co-phonebk",
        ),
        (
            BUILTIN,
            170000,
            "-E UTF8 --lc-collate=C --lc-ctype=C"
            " --locale-provider=builtin --builtin-locale=C.UTF-8",
        ),
        ({"encoding": "UTF8", "collation": "", "locale_provider": ""}, 180001, "-E UTF8"),
    ],
)
def test_the_database_is_made_with_its_encoding_and_locale_by_both_ways_out(
    was: dict[str, str], version: int, options: str, tmp_path: Path
) -> None:
    found = {**asdict(catalogued().fingerprint), **was}
    made = replace(
        manifest("orders"), program_version=version, fingerprint=msgspec.convert(found, Fingerprint)
    )
    told = commands(made, tmp_path)
    assert told["createdb -T"] == f"createdb -T template0 {options} orders"
    sealed = {
        "artifacts": [],
        "database": "orders",
        "program_version": version,
        "archive_format": "directory",
        "fingerprint": was,
    }
    steps = standalone.next_steps(sealed, tmp_path).splitlines()
    assert f"  {told['createdb -T']}" in steps


def test_what_belongs_to_the_database_itself_is_told_apart(tmp_path: Path) -> None:
    lines = list(restore_lines(manifest("orders"), tmp_path))
    assert "ALTER DATABASE" in " ".join(lines)
    assert lines[-1] == f"  pg_restore --create -n '' -f - {tmp_path}"
