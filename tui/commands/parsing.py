"""Arguments to a command and its parsed options; options of the whole program stand anywhere."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn

from core.model.plain_text import is_plain
from tui.commands.catalogue import CONSOLE, SUMMARIES, Command, Group, find, group
from tui.commands.failures import UsageError

_WITH_VALUE = frozenset({"--config", "--theme", "--state-folder"})


class Parser(ArgumentParser):
    """A parser that raises instead of ending the process with a plugin's CRITICAL (2)."""

    def error(self, message: str) -> NoReturn:
        """Raise ``UsageError`` with the usage line."""
        usage = " ".join(self.format_usage().split()).removeprefix("usage: ")
        raise UsageError(message, remedy=f"{usage}\n       more: {self.prog} --help")


def parse(arguments: Sequence[str]) -> tuple[Command, Namespace]:
    """The command that ``arguments`` name, imported, and its options.

    Raises:
        UsageError: they can't be understood.
        SystemExit: with 0 after ``--help`` or ``--version``.
    """
    name, rest = split(arguments)
    if (several := group(name)) is not None:
        name, rest = _second_word(name, several, rest)
    command = find(name)
    parser = Parser(
        prog="pgvigil" if name == CONSOLE else f"pgvigil {name.replace('.', ' ')}",
        description=command.DESCRIPTION,
        epilog=_commands() if name == CONSOLE else None,
        parents=[_everywhere()],
        formatter_class=RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    command.add_arguments(parser)
    options = parser.parse_intermixed_args(rest)
    _refuse_what_is_no_text(options)
    return command, options


def _refuse_what_is_no_text(options: Namespace) -> None:
    """Before anything is written that nobody could read; a file may be called anything.

    Raises:
        UsageError: an argument has bytes that are no text in the terminal's encoding.
    """
    for value in vars(options).values():
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, str) and not is_plain(each):
                raise UsageError(
                    f"an argument is no text: {each!r}",
                    remedy="type it in the encoding of your terminal's locale (LC_ALL, LANG), or in"
                    " plain ASCII",
                )


def split(arguments: Sequence[str]) -> tuple[str, list[str]]:
    """The command's name, and the arguments without it.

    The command is the first argument that is neither an option of the whole program nor such an
    option's value; where it is no command's name, the console is meant.
    """
    rest = list(arguments)
    at = _first_word(rest)
    if at < len(rest) and rest[at] == "help":
        rest[at:] = [*rest[at + 1 :], "--help"]
    if at < len(rest) and rest[at] in SUMMARIES:
        return rest.pop(at), rest
    return CONSOLE, rest


def _first_word(arguments: Sequence[str]) -> int:
    """Where the first argument is that belongs to no option of the whole program."""
    at = 0
    while at < len(arguments) and arguments[at].startswith("-") and arguments[at] != "--":
        at += 2 if arguments[at] in _WITH_VALUE else 1
    return at


def _second_word(name: str, several: Group, rest: list[str]) -> tuple[str, list[str]]:
    """The command's module and its arguments, from those that follow the first word.

    Raises:
        UsageError: there is no such command.
        SystemExit: with 0 after ``--help``.
    """
    at = _first_word(rest)
    if at < len(rest) and rest[at] in several.COMMANDS:
        return f"{name}.{rest[at]}", rest[:at] + rest[at + 1 :]
    parser = Parser(
        prog=f"pgvigil {name}",
        usage=f"pgvigil {name} COMMAND …",
        description=several.DESCRIPTION,
        epilog=_listed(several.COMMANDS, f"pgvigil {name} COMMAND --help"),
        parents=[_everywhere()],
        formatter_class=RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.parse_known_args(rest)
    what = f"there is no `{name} {rest[at]}`" if at < len(rest) else f"{name} needs a second word"
    raise UsageError(
        f"{what}: {', '.join(several.COMMANDS)}", remedy=f"more: pgvigil {name} --help"
    )


def _everywhere() -> Parser:
    parser = Parser(prog="pgvigil", add_help=False, allow_abbrev=False)
    group = parser.add_argument_group("options of every command")
    group.add_argument("--config", type=Path, metavar="FILE", help="read this config file")
    group.add_argument("--theme", metavar="NAME", help="colour theme")
    group.add_argument(
        "--low-bandwidth", action="store_true", help="draw less and less often, for a slow link"
    )
    group.add_argument(
        "--state-folder", type=Path, metavar="FOLDER", help="keep the store in this folder"
    )
    return parser


def _commands() -> str:
    return _listed(SUMMARIES, "pgvigil COMMAND --help")


def _listed(summaries: Mapping[str, str], more: str) -> str:
    width = max(map(len, summaries)) + 2
    lines = [f"  {name:<{width}}{summary}" for name, summary in summaries.items()]
    return "\n".join(["commands:", *lines, "", f"more on one: {more}"])
