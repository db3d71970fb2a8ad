from __future__ import annotations

from types import ModuleType
from typing import cast

import pytest

from core.api.demo import Scenario
from core.config.server_names import RESERVED_SERVER_NAMES
from tui.commands.catalogue import CONSOLE, SUMMARIES, find, group
from tui.commands.demo import SCENARIOS
from tui.commands.failures import UsageError
from tui.commands.parsing import parse, split


@pytest.mark.parametrize(
    ("arguments", "command", "rest"),
    [
        ([], CONSOLE, []),
        (["orders"], CONSOLE, ["orders"]),
        (["orders", "status"], CONSOLE, ["orders", "status"]),
        (["status", "orders"], "status", ["orders"]),
        (["--config", "demo", "status"], "status", ["--config", "demo"]),
        (["--config=demo", "status"], "status", ["--config=demo"]),
        (["--low-bandwidth", "serve"], "serve", ["--low-bandwidth"]),
        (["-h"], CONSOLE, ["-h"]),
        (["serve", "--help"], "serve", ["--help"]),
        (["--", "status"], CONSOLE, ["--", "status"]),
        (["--config"], CONSOLE, ["--config"]),
        (["help"], CONSOLE, ["--help"]),
        (["help", "status"], "status", ["--help"]),
    ],
)
def test_the_first_word_that_is_no_option_names_the_command(
    arguments: list[str], command: str, rest: list[str]
) -> None:
    assert split(arguments) == (command, rest)


def test_no_server_can_have_a_commands_name() -> None:
    assert set(SUMMARIES) <= RESERVED_SERVER_NAMES


@pytest.mark.parametrize("name", [CONSOLE, *SUMMARIES])
def test_every_command_is_there_and_says_what_it_does(name: str) -> None:
    several = group(name)
    names = [name] if several is None else [f"{name}.{second}" for second in several.COMMANDS]
    for each in names:
        command = find(each)
        assert command.DESCRIPTION
        assert callable(command.run)


@pytest.mark.parametrize(
    ("arguments", "module"),
    [
        (["backup", "run", "shop"], "tui.commands.backup.run"),
        (["--theme", "x", "backup", "--low-bandwidth", "list"], "tui.commands.backup.list"),
        (["backup", "--config", "run", "import"], "tui.commands.backup.import_"),
    ],
)
def test_a_second_word_names_the_command_of_a_group(arguments: list[str], module: str) -> None:
    command, _ = parse(arguments)
    assert cast("ModuleType", command).__name__ == module


@pytest.mark.parametrize("second", [[], ["frob"], ["--json"]])
def test_a_group_without_a_known_second_word_lists_them(second: list[str]) -> None:
    with pytest.raises(UsageError, match=r"run, list, show"):
        parse(["backup", *second])


@pytest.mark.parametrize("arguments", [["backup", "--help"], ["help", "backup", "run"]])
def test_a_group_and_its_commands_have_help(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(arguments)
    assert ended.value.code == 0
    assert "backup" in capsys.readouterr().out


def test_several_servers_can_be_asked_for() -> None:
    _, options = parse(["orders", "postgresql://h/d", "--theme", "x"])
    assert options.targets == ["orders", "postgresql://h/d"]
    assert options.theme == "x"


def test_the_demos_scenarios_are_those_that_there_are() -> None:
    assert list(SCENARIOS) == [scenario.value for scenario in Scenario]


@pytest.mark.parametrize("minutes", ["0", "-1", "nan", "inf", "soon"])
def test_a_demo_of_no_minutes_is_refused(minutes: str) -> None:
    with pytest.raises(UsageError, match="is not a number above 0"):
        parse(["demo", "--minutes", minutes])


def test_a_demo_refuses_a_state_folder_with_a_word_before_it_begins() -> None:
    command, options = parse(["demo", "--headless", "--state-folder", "kept"])
    with pytest.raises(UsageError, match="state-folder") as error:
        command.run(options)
    assert "goes with it" in error.value.why


@pytest.mark.parametrize(
    "arguments",
    [
        ["backup", "protect", "20261121", "--keep", "f\udcfcr Audit"],
        ["backup", "run", "shop", "--keep", "f\udcfcr Audit"],
        ["backup", "run", "shop", "--kind", "data", "--table", "caf\udce9"],
        ["status", "sh\udcf6p"],
    ],
)
def test_bytes_that_are_no_text_in_the_terminals_encoding_are_a_usage_error(
    arguments: list[str],
) -> None:
    with pytest.raises(UsageError, match=r"no text: '\w+\\udc") as error:
        parse(arguments)
    assert "locale" in error.value.remedy


def test_a_file_may_be_called_what_is_no_text() -> None:
    assert parse(["--config", "f\udcfcr.toml", "status"])[1].config.name == "f\udcfcr.toml"
