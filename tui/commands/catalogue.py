"""Which commands there are; each is imported when it is run, and not before."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from importlib import import_module
from keyword import iskeyword
from typing import Protocol, cast

SUMMARIES: Mapping[str, str] = {
    "demo": "a PostgreSQL of its own with an incident going on: look around, break nothing",
    "init": "ask for a server, try the connection, write the config",
    "config": "check the config file, say where it is, print an example",
    "doctor": "what the role may see on a server, and what each missing piece costs",
    "status": "one look for a shell or a monitoring plugin; exit code 0, 1, 2, 3",
    "backup": "take backups, list, verify, prune and protect them, write one out",
    "restore": "plan a restore, do it, list, follow and undo them",
    "drill": "prove that backups restore: do a drill, list them, tell one as a report",
    "key": "the keys that backups are sealed with: make, keep, confirm, try, rotate",
    "schedule": "what happens by itself and when: list, next, run now, pause",
    "jobs": "backups and other long work under way: list, follow, cancel",
    "serve": "watch the servers without a screen, as a service",
}
"""Every command with its line in ``pgvigil --help``."""

GROUPS = frozenset({"backup", "restore", "drill"})
"""Commands whose name has a second word."""

CONSOLE = "console"
"""The module of what runs when no command is named."""


class Command(Protocol):
    """What a module of ``tui.commands`` offers."""

    DESCRIPTION: str

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare what the command takes."""

    def run(self, arguments: Namespace) -> int:
        """Do it; gives the exit code."""


class Group(Protocol):
    """What a package of ``tui.commands`` offers whose commands have names of two words."""

    DESCRIPTION: str
    COMMANDS: Mapping[str, str]


def find(name: str) -> Command:
    """The command ``name``, or the console; ``backup.run`` is the one of two words."""
    module = f"{name}_" if iskeyword(name.rpartition(".")[2]) else name
    return cast("Command", import_module(f"tui.commands.{module}"))


def group(name: str) -> Group | None:
    """What ``name`` offers where it is the first of two words."""
    if name not in GROUPS:
        return None
    return cast("Group", import_module(f"tui.commands.{name}"))
