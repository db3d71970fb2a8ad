"""Client programs are found where packages put them; one older than the server is refused."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from core.errors import PreflightError
from core.postgres.client_programs import (
    PROGRAMS,
    ClientPrograms,
    Place,
    embedded_place,
    examine,
    find_client_programs,
    usual_places,
    version_in,
)
from core.postgres.embedded import Programs


@pytest.fixture
def embedded(programs: Programs) -> Place:
    return Place(programs.bin, "embedded", programs.lib)


@pytest.fixture
def fifteen(debian_programs: Programs) -> Place:
    return Place(debian_programs.bin, "installed by a package")


def test_the_servers_own_version_comes_before_a_newer_one(embedded: Place, fifteen: Place) -> None:
    found = find_client_programs(150004, places=[embedded, fifteen])

    assert found.major == 15
    assert found.origin == "installed by a package"
    assert not found.has_zstd


def test_without_the_servers_version_a_newer_one_does(embedded: Place, fifteen: Place) -> None:
    found = find_client_programs(170002, places=[fifteen, embedded])

    assert found.major == 18
    assert found.has_zstd


def test_the_embedded_ones_are_unpacked_when_no_other_is_of_the_version(
    embedded: Place, fifteen: Place
) -> None:
    def never() -> Place:
        raise AssertionError("unpacked")

    assert find_client_programs(150004, places=[fifteen], embedded=never).major == 15
    assert find_client_programs(180000, places=[fifteen], embedded=lambda: embedded).major == 18


def test_what_pgvigil_carries_are_client_programs(tmp_path: Path) -> None:
    found = find_client_programs(180000, places=[], embedded=lambda: embedded_place(tmp_path))

    assert found.origin == "carried by pgvigil"
    assert all(found.path(name).exists() for name in PROGRAMS)


def test_an_older_pg_dump_is_refused_with_what_to_install(fifteen: Place) -> None:
    with pytest.raises(PreflightError) as raised:
        find_client_programs(180001, places=[fifteen])

    assert "PostgreSQL 18" in raised.value.what
    assert str(fifteen.bin) in raised.value.why
    assert "postgresql-client-18" in raised.value.remedy


def test_a_folder_in_the_config_is_used_or_refused(fifteen: Place, tmp_path: Path) -> None:
    assert find_client_programs(130000, configured=str(fifteen.bin)).major == 15
    with pytest.raises(PreflightError, match="no pg_dump for PostgreSQL 18"):
        find_client_programs(180000, configured=str(fifteen.bin))
    with pytest.raises(PreflightError, match="no pg_dump that runs"):
        find_client_programs(130000, configured=str(tmp_path))


def test_without_any_pg_dump_the_error_says_where_was_looked() -> None:
    with pytest.raises(PreflightError, match="no pg_dump") as raised:
        find_client_programs(160000, places=[])

    assert "PATH" in raised.value.why


def test_a_program_that_does_not_run_is_passed_over(tmp_path: Path) -> None:
    broken = tmp_path / "pg_dump"
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)

    assert list(examine([Place(tmp_path, "broken"), Place(tmp_path / "none", "none")])) == []


def test_packages_folders_and_path_are_looked_into(
    fifteen: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy("/bin/true", tmp_path / "pg_dump")
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    places = list(usual_places())

    assert places[0] == Place(tmp_path, "on PATH")
    assert fifteen.bin in {place.bin for place in places}


def test_the_programs_environment_says_nothing_of_a_server(
    fifteen: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGHOST", "elsewhere.example.com")
    monkeypatch.setenv("PGPASSWORD", "secret")
    (found,) = examine([fifteen])

    assert not [name for name in found.environment() if name.startswith("PG")]
    with pytest.raises(PreflightError, match="pg_nothing"):
        found.path("pg_nothing")


@pytest.mark.parametrize(
    ("answer", "version"),
    [
        ("pg_dump (PostgreSQL) 18.1\n", 180001),
        ("pg_dump (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)\n", 150014),
        ("pg_dump (PostgreSQL) 19devel\n", 190000),
        ("something else", None),
    ],
)
def test_versions_are_told_as_a_server_counts_them(answer: str, version: int | None) -> None:
    assert version_in(answer) == version


def test_it_is_known_which_ones_were_used() -> None:
    used = ClientPrograms(Path("/usr/pgsql-17/bin"), 170006, "installed by a package")

    assert str(used) == "PostgreSQL 17.6's programs in /usr/pgsql-17/bin (installed by a package)"
