"""``pgvigil config check`` knows more than the start of the program has time for."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.api.configuration import check


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


def test_a_theme_is_looked_for_among_those_that_there_are(config: Path) -> None:
    config.write_text('[console]\ntheme = "drak"\n', encoding="utf-8")
    assert check(config) == ()
    (problem,) = check(config, themes=["dark", "light"])
    assert (problem.key, problem.line) == ("console.theme", 2)
    assert problem.expected == "one of dark, light"


@pytest.mark.parametrize(
    "dsn", ["postgresql://h/d?sslmod=require", "postgresql://[::1/d", "host=h prot=5"]
)
def test_libpq_reads_every_connection_string(dsn: str, config: Path) -> None:
    config.write_text(f'[servers.a]\nproduction = true\ndsn = "{dsn}"\n', encoding="utf-8")
    (problem,) = check(config)
    assert (problem.key, problem.line) == ("servers.a.dsn", 3)
    assert problem.what.startswith("libpq says: ")


def test_every_fault_of_a_connection_string_is_told_at_once(config: Path) -> None:
    dsn = "postgresql://h:notaport/d?sslmode=foo&require_auth=none,luck"
    config.write_text(f'[servers.a]\ndsn = "{dsn}"\n', encoding="utf-8")
    assert [problem.what for problem in check(config)] == [
        "libpq says: sslmode can't be foo",
        "libpq says: require_auth can't hold luck",
        "libpq says: port is not a number from 1 to 65535",
    ]


def test_what_libpq_can_read_is_no_problem(config: Path) -> None:
    dsn = "postgresql://u@a:1,b:2/d?target_session_attrs=any"
    config.write_text(f'[servers.a]\ndsn = "{dsn}"\n', encoding="utf-8")
    assert check(config) == ()
