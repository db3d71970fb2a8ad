"""Each command line in README.md and docs/ can be typed as it stands there, and so can those that
messages name."""

from __future__ import annotations

import ast
import re
import shlex
from argparse import ArgumentParser
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import NamedTuple

import pytest

from tui.commands.catalogue import CONSOLE, SUMMARIES, find, group
from tui.commands.failures import UsageError
from tui.commands.parsing import parse

ROOT = Path(__file__).parents[3]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
EXAMPLES = {"orders", "shop"}
"""Servers that the documents name."""
EVERYWHERE = {"--config", "--theme", "--low-bandwidth", "--state-folder", "--help", "--version"}
STANDS_FOR = {"COUNT": "3", "SECONDS": "30", "MINUTES": "10", "…/config.toml": "config.toml"}
ALL = {"COMMAND"}
"""What stands for any second word."""
NAMED = re.compile(rf"pgvigil ({'|'.join(SUMMARIES)})\b((?: +[\w-]+)*)")
UNFINISHED = re.compile(r"the following arguments are required|expected (?:one|at least one) arg")
"""What is wrong with a command that prose only names."""


class Written(NamedTuple):
    """A command line without ``pgvigil``, as it is written at a place."""

    text: str
    explained: str = ""
    is_prose: bool = False


def in_blocks(text: str) -> Iterator[Written]:
    """Those that stand in a line of code of their own."""
    fenced = "".join(re.findall(r"```.*?```", text, re.DOTALL))
    indented = "\n".join(re.findall(r"^ {4}.*", text, re.MULTILINE))
    code = re.sub(r" *\\\n\s*", " ", f"{fenced}\n{indented}")
    for line in re.findall(r"^\s*(?:\$ )?(?:sudo -u \S+ )?pgvigil (\S.*)$", code, re.MULTILINE):
        typed, _, explained = re.sub(r"\s+#|\s{2,}", "\0", line, count=1).partition("\0")
        yield Written(typed.partition(" < ")[0], explained)


def in_prose(text: str) -> Iterator[Written]:
    """Those between backticks: after ``pgvigil``, or the words of a group's command alone."""
    for span in re.findall(r"`([^`]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL)):
        words = span.replace("\\|", "|").split()
        if words[:1] == ["pgvigil"] and len(words) > 1:
            yield Written(" ".join(words[1:]), is_prose=True)
        elif len(words) > 1 and words[1] in second_words(words[0]):
            yield Written(" ".join(words), is_prose=True)


def second_words(name: str) -> set[str]:
    """What may follow the first word of a command that needs a second one."""
    if (several := group(name)) is not None:
        return set(several.COMMANDS)
    if name not in SUMMARIES:
        return set()
    parser = ArgumentParser()
    find(name).add_arguments(parser)
    choices = (each.choices for each in parser._actions if not each.option_strings)
    return set(next(filter(None, choices), ()))


def every_way(text: str) -> Iterator[list[str]]:
    """What can be typed: with and without what is in brackets, with each that ``|`` parts."""
    parts = re.findall(r"\[[^\]]*\]|[^\[]+", text)
    for chosen in product(*((part[1:-1], "") if part[0] == "[" else (part,) for part in parts)):
        words = [word for word in shlex.split(" ".join(chosen)) if word != "…"]
        if words:
            yield from map(list, product(*(word.split("|") for word in words)))


def what_is_wrong(words: list[str]) -> str:
    """Why a command line can't be understood; empty where it can."""
    if group(words[0]) is not None and len(words) == 1:
        return ""
    if words[0] in SUMMARIES and words[1:2] and words[1] in ALL:
        return ""
    try:
        command, _ = parse([STANDS_FOR.get(word, word) for word in words])
    except SystemExit:  # --help and --version have been told
        return ""
    except UsageError as error:
        return str(error)
    typed = [word for word in words if not word.startswith("-")]
    meant = {word for word in typed if word.islower() and word.isalpha()} - EXAMPLES
    return f"no command: {meant}" if command is find(CONSOLE) and meant else ""


def options_of(words: list[str]) -> set[str]:
    """The options of the command that a line begins with."""
    name = words[0] if group(words[0]) is None else ".".join(words[:2])
    parser = ArgumentParser()
    find(name).add_arguments(parser)
    return EVERYWHERE | set(parser._option_string_actions)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_each_command_line_of_a_page_can_be_typed(page: Path) -> None:
    text, wrong = page.read_text(), {}
    for written in (*in_blocks(text), *in_prose(text)):
        for words in every_way(written.text):
            told = what_is_wrong(words)
            if told and not (written.is_prose and UNFINISHED.search(told)):
                wrong[" ".join(words)] = told
            for option in re.findall(r"(?<!\w)--[a-z-]+", written.explained):
                if not told and option not in options_of(words):
                    wrong[" ".join(words)] = f"has no {option}"
    assert wrong == {}


def every_command() -> Iterator[list[str]]:
    """The words of each command."""
    for name in SUMMARIES:
        several = group(name)
        yield from [[name, second] for second in several.COMMANDS] if several else [[name]]


def test_each_option_stands_in_a_page() -> None:
    pages = "".join(page.read_text() for page in PAGES)
    told = set(re.findall(r"(?<![\w-])--[a-z-]+", pages))
    asked = {option for words in every_command() for option in options_of(words)}
    assert {option for option in asked if option.startswith("--")} - told == set()


def test_command_lines_are_found_in_the_pages() -> None:
    found = [each for page in PAGES for each in in_blocks(page.read_text())]
    assert len(found) > 80
    assert len([each for page in PAGES for each in in_prose(page.read_text())]) > 100


@pytest.mark.parametrize(
    "line", ["bakup list", "backup lst", "backup list --lst", "status --json x --nagis"]
)
def test_a_line_that_can_not_be_typed_is_seen(line: str) -> None:
    assert what_is_wrong(line.split())


def strings_of(source: str) -> Iterator[str]:
    """The texts in a module; where one is put together, what is put in stands as ``X``."""
    tree = ast.parse(source)
    inner: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            inner |= {id(part) for part in node.values}
            yield "".join(
                str(part.value) if isinstance(part, ast.Constant) else "X" for part in node.values
            )
        elif isinstance(node, ast.Constant) and id(node) not in inner:
            yield str(node.value)


def named_in(text: str) -> Iterator[list[str]]:
    """The commands that a text names, with the words behind them as far as they may be typed."""
    for name, rest in NAMED.findall(text):
        yield [name, *rest.split()]


def is_there(words: list[str]) -> bool:
    """Whether there is such a command, with the options that are named with it."""
    if (several := group(words[0])) is not None:
        if words[1:2] in ([], ["--help"]) or words[1] in ALL:
            return True
        if words[1] not in several.COMMANDS:
            return False
    return {word for word in words if word.startswith("--")} <= options_of(words)


def test_messages_name_commands_and_options_that_there_are() -> None:
    sources = (path.read_text() for room in ("core", "tui") for path in (ROOT / room).rglob("*.py"))
    texts = (text for each in sources if NAMED.search(each) for text in strings_of(each))
    named = [words for text in texts for words in named_in(text)]
    assert [" ".join(words) for words in named if not is_there(words)] == []
    assert len(named) > 100
