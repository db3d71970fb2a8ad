"""A mistake in a config's TOML hides no other mistake, and makes up none."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.api.configuration import Problem, check

RIGHT = """\
[console]
history_minutes = 300

[servers.orders]
host = "db.example"
port = 5432
password_command = [
  "pass",
  "show # [not a table]",
]

[servers."mart"]
dsn = "host=h"

[thresholds]
query_mean_ms = { warning = 5, critical = 10 }
connection_usage.warning = 0.5

[repositories.vault]
kind = "folder"
path = "/srv/vault"

[backup]
copies = ["vault"]

[[schedules]]
name = "full"
cron = "0 3 * * *"
"""
WRONG = """\
[console]
them = "x"
low_bandwidth = yes
history_minutes = 0
[servers.orders]
host = "db
port = 0
[servers.orders]
hots = "h"
[servers.mart]
port = 5432
port = 5433
dsn = "host=h prot=5"
[servers.books
hots = "h"
[collekt]
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


def problems_of(config: Path, text: str) -> tuple[Problem, ...]:
    config.write_text(text, encoding="utf-8")
    return check(config, ["pgvigil-dark"])


def is_of_toml(problem: Problem) -> bool:
    return "is not TOML" in problem.what


def test_each_mistake_is_told_beside_those_that_are_none_of_toml(config: Path) -> None:
    said = problems_of(config, WRONG)
    assert [(each.line, each.key, is_of_toml(each)) for each in said] == [
        (2, "console.them", False),
        (3, "console.low_bandwidth", True),
        (4, "console.history_minutes", False),
        (6, "servers.orders.host", True),
        (7, "servers.orders.port", False),
        (8, "servers.orders", True),
        (12, "servers.mart.port", True),
        (13, "servers.mart.dsn", False),
        (14, "servers.books", True),
        (16, "collekt", False),
    ]


def test_what_was_not_looked_at_is_said(config: Path) -> None:
    said = problems_of(config, WRONG)
    assert [each.line for each in said if "what stands below it was not" in each.what] == [8, 14]
    assert [each.line for each in said if "fit together is looked at once" in each.what] == [3]


@pytest.mark.parametrize("broken", ["x y", "[x", "x = 'a", "x = ]", "a = 1 b = 2", "[console]"])
def test_a_mistake_anywhere_makes_no_other_up(broken: str, config: Path) -> None:
    assert problems_of(config, RIGHT) == ()
    lines = RIGHT.splitlines()
    for number in range(3, len(lines)):
        said = problems_of(config, "\n".join([*lines[:number], broken, *lines[number:]]))
        assert said
        assert all(map(is_of_toml, said)), said


def test_a_line_without_its_last_character_makes_no_other_mistake_up(config: Path) -> None:
    lines = RIGHT.splitlines()
    told = 0
    for number, line in enumerate(lines):
        cut = [*lines[:number], line[:-1], *lines[number + 1 :]]
        said = problems_of(config, "\n".join(cut))
        assert all(map(is_of_toml, said)), said
        told += bool(said)
    assert told > len(lines) / 2


@pytest.mark.parametrize(
    "opened", ["password_command = [", 'host = """', "host = '''", "password_command = [ 'a',"]
)
def test_after_a_text_or_list_without_an_end_nothing_is_guessed(opened: str, config: Path) -> None:
    before = "[servers.orders]\nhots = 1\n"
    first, second = problems_of(config, f"{before}{opened}\nhots = 2\n[consol]\n[storr]\n")
    assert (first.line, first.key) == (2, "servers.orders.hots")
    assert "in what begins on line 3, and nothing after it was looked at" in second.what


def test_of_what_is_no_config_at_all_only_the_first_lines_are_told(config: Path) -> None:
    said = problems_of(config, "one line of prose\n" * 200)
    assert len(said) == 10
    assert "nothing after it was looked at" in said[-1].what
    (only,) = problems_of(config, "one line of prose\n" * 20_000)
    assert "nothing else was looked at" in only.what
