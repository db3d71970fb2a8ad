"""What is said of schedules that can't be meant so."""

from __future__ import annotations

import pytest

from core.config.check import examine
from core.config.schedules import schedules_of

REPOSITORY = (
    '[backup]\ncopies = ["local"]\n[repositories.local]\npath = "/srv/backups"\n'
    '[servers.shop]\nhost = "h"\n'
)

MISTAKES = [
    ('cron = "0 2 * * *"\nkind = "full"', "schedules.0", "has no name", ""),
    ('name = "a b"\ncron = "0 2 * * *"\nkind = "full"', "schedules.0.name", "can't be", ""),
    ('name = "x"\nkind = "full"', "schedules.0", "has no cron line", ""),
    ('name = "x"\ncron = "0 2 * * *"', "schedules.0", "has no kind", ""),
    ('name = "full"\ncron = "0 2 31 2 *"', "schedules.0.cron", "never fires", '"0 2 28 2 *"'),
    ('name = "full"\ncron = "0 24 * * *"', "schedules.0.cron", "hour can't be '24'",
     '"0 0 * * *"'),
    ('name = "full"\nkind = "ful"', "schedules.0.kind", "is 'ful'", '"full"'),
    ('name = "full"\ntime_zone = "Europe/Berlni"', "schedules.0.time_zone", "is not a time zone",
     '"Europe/Berlin"'),
    ('name = "full"\nwindow = "22-6"', "schedules.0.window", "is not a window", ""),
    ('name = "full"\nwindow = "22:00-22:00"', "schedules.0.window", "is not a window", ""),
    ('name = "full"\nwindow = "04:00-05:00"', "schedules.0.window", "holds no moment", ""),
    ('name = "full"\nservers = ["shpo"]', "schedules.0.servers.0", "no server shpo", '"shop"'),
    ('name = "full"\ncopies = ["locla"]', "schedules.0.copies.0", "no repository locla",
     '"local"'),
    ('name = "full"\ntables = ["t"]', "schedules.0.tables", "means nothing for full", ""),
    ('name = "prune"\nkeep = "why"', "schedules.0.keep", "means nothing for prune", ""),
    ('name = "x"\nkind = "data"\ncron = "0 2 * * *"', "schedules.0", "says not whose data", ""),
    ('name = "full"\nonly_if = { role = "standbye" }', "schedules.0.only_if.role",
     "is 'standbye'", '"standby"'),
    ('name = "full"\nbefore = { command = "sh x" }', "schedules.0.before.command", "is text", ""),
    ('name = "full"\ncrn = "0 2 * * *"', "schedules.0.crn", "is not a key", "schedules.0.cron"),
    ('name = "full"\n[[schedules]]\nname = "full"', "schedules.1.name", "name of another", ""),
]  # fmt: skip


@pytest.mark.parametrize(("text", "key", "what", "nearest"), MISTAKES)
def test_a_mistake_is_named_with_its_line_and_the_nearest_right_value(
    text: str, key: str, what: str, nearest: str
) -> None:
    [problem] = examine(f"{REPOSITORY}[[schedules]]\n{text}").problems
    assert (problem.key, problem.nearest) == (key, nearest)
    assert what in problem.what
    assert problem.line >= 7


def test_a_schedule_without_a_kind_is_told_the_kinds_and_which_names_say_theirs() -> None:
    [problem] = examine(f'{REPOSITORY}[[schedules]]\nname = "x"\ncron = "0 2 * * *"').problems
    kinds, _, names = problem.expected.partition(", or a name whose default says it: ")
    assert '"data"' in kinds
    assert "archive" not in kinds
    assert "archive" in names.split(", ")
    assert "data" not in names.split(", ")


@pytest.mark.parametrize(
    "text", ["[schedules]\nname = 'x'", "[schedules.full]\ncron = ''", "schedules = ['full']"]
)
def test_what_is_no_list_of_tables_is_said_to_be_none(text: str) -> None:
    [problem] = examine(text).problems
    assert (problem.key, problem.expected) == ("schedules", "one table each: [[schedules]]")


def test_a_schedule_needs_somewhere_to_put_its_backups() -> None:
    [problem] = examine('[[schedules]]\nname = "full"').problems
    assert "there is no repository" in problem.what


def test_its_own_copies_are_enough() -> None:
    own = '[[schedules]]\nname = "full"\ncopies = ["local"]'
    assert examine(REPOSITORY.replace('copies = ["local"]', "") + own).problems == ()


def named(text: str, server: str = "shop") -> dict[str, str]:
    examined = examine(text)
    assert examined.problems == ()
    return {each.name: each.cron for each in schedules_of(examined.settings, server)}


DEFAULTS = {
    "full": "0 2 * * *",
    "incremental": "0 9-17 * * 1-5",
    "schema": "0 3 * * 0",
    "archive": "0 1 1 * *",
    "prune": "30 4 * * *",
    "verify": "0 5 * * *",
    "drill": "0 6 * * 0",
}


def test_with_somewhere_to_put_copies_there_are_default_schedules_and_without_there_are_none() -> (
    None
):
    assert named(REPOSITORY) == DEFAULTS
    assert named(REPOSITORY.replace('copies = ["local"]', "")) == {}


def test_a_schedule_with_the_name_of_a_default_stands_in_its_place() -> None:
    text = REPOSITORY + '[[schedules]]\nname = "full"\ncron = "0 4 * * *"'
    assert named(text) == DEFAULTS | {"full": "0 4 * * *"}


def test_what_it_leaves_out_is_the_defaults() -> None:
    settings = examine(REPOSITORY + '[[schedules]]\nname = "archive"\njitter_seconds = 60').settings
    [archive] = [each for each in schedules_of(settings, "shop") if each.name == "archive"]
    assert (archive.kind, archive.keep, archive.jitter_seconds) == ("full", "archive", 60)


def test_one_that_is_not_enabled_is_not_there() -> None:
    text = REPOSITORY + '[[schedules]]\nname = "schema"\nenabled = false'
    assert named(text) == {name: cron for name, cron in DEFAULTS.items() if name != "schema"}


def test_these_instead_of_the_defaults() -> None:
    text = REPOSITORY + (
        '[scheduler]\ndefaults = false\n[[schedules]]\nname = "weekly"\nkind = "full"\n'
        'cron = "@weekly"\nservers = ["shop"]'
    )
    assert named(text) == {"weekly": "@weekly"}
    assert named(text, "blog") == {}


def test_nothing_happens_by_itself_on_a_server_that_was_given_as_a_dsn() -> None:
    assert named(REPOSITORY, "anna@db.example.com:5432/orders") == {}
