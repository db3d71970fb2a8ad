"""``pgvigil config check`` knows more than the start of the program has time for."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.api.configuration import check
from core.config.build import BY_REFERENCE, NEVER_WRITTEN


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
    ("dsn", "said", "expected", "nearest"),
    [
        ("postgresql://h/d?sslmod=require", "sslmod is no option", "one of host", "sslmode"),
        ("host=h prot=5", "prot is no option", "one of host", "port"),
        ("host=h zzz=5", "option 2 is no option", "one of host", ""),
        ("host=h sslmode=requier", "sslmode can't be requier", "verify-full", "require"),
        ("host=h connect_timeout=abc", "connect_timeout is not a whole number", "a whole", ""),
        (
            "postgresql://[::1/d",
            "end of string reached when looking for matching ]",
            "postgresql://user@",
            "",
        ),
        ("host=h port", "missing = after (not shown)", "postgresql://user@", ""),
    ],
)
def test_libpq_reads_every_connection_string(
    dsn: str, said: str, expected: str, nearest: str, config: Path
) -> None:
    config.write_text(f'[servers.a]\nproduction = true\ndsn = "{dsn}"\n', encoding="utf-8")
    (problem,) = check(config)
    assert (problem.key, problem.line) == ("servers.a.dsn", 3)
    assert problem.what.startswith(f"libpq says: {said}")
    assert expected in problem.expected
    assert problem.nearest == nearest


@pytest.mark.parametrize(
    ("dsn", "called"),
    [
        ("postgresql://h/d?pasword=x", "pasword"),
        ("host=h sslpasswort=x", "sslpasswort"),
    ],
)
def test_a_misspelt_password_is_not_led_to_where_it_may_not_stand_either(
    dsn: str, called: str, config: Path
) -> None:
    config.write_text(f'[servers.a]\ndsn = "{dsn}"\n', encoding="utf-8")
    (problem,) = check(config)
    assert problem.what == f"libpq says: {called} is no option of libpq, and {NEVER_WRITTEN}"
    assert (problem.nearest, problem.expected) == ("", BY_REFERENCE)


def test_libpq_reads_the_place_of_the_store_too(config: Path) -> None:
    config.write_text('[store]\nurl = "postgresql://h/d?sslmod=require"\n', encoding="utf-8")
    (problem,) = check(config)
    assert (problem.key, problem.nearest) == ("store.url", "sslmode")


@pytest.mark.parametrize(
    "dsn",
    [
        "postgresql://h:notaport/d?sslmod=require&connect_timeout=abc&zzz=1&sslmode=foo",
        "port=notaport sslmod=require connect_timeout=abc zzz=1 sslmode=foo",
    ],
)
def test_an_option_that_is_none_hides_no_other_fault(dsn: str, config: Path) -> None:
    config.write_text(f'[servers.a]\ndsn = "{dsn}"\n', encoding="utf-8")
    number = 3 if "://" in dsn else 4
    assert [problem.what.removeprefix("libpq says: ") for problem in check(config)] == [
        "sslmod is no option of libpq",
        f"option {number} is no option of libpq",
        "sslmode can't be foo",
        "connect_timeout is not a whole number",
        "port is not a number from 1 to 65535",
    ]


@pytest.mark.parametrize(
    "dsn",
    [
        "postgresql://u:a/sslmod?usr=b@h/d",
        "postgresql://h/d?password=a&usr=b",
        "postgresql://h/d?pasword=a&usr=b",
        "host=h password=a usr=b",
        "host=h password='a usr=b",
        "host=h password=a usr",
    ],
)
def test_what_may_be_a_piece_of_a_password_is_not_repeated(dsn: str, config: Path) -> None:
    config.write_text(f'[servers.a]\ndsn = "{dsn}"\n', encoding="utf-8")
    problems = check(config)
    assert problems
    assert not any("usr" in problem.describe() for problem in problems)


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
