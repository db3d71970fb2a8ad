"""A name that is typed, or given by ``--confirm``, before something is changed."""

from __future__ import annotations

import sys
from argparse import Namespace

from tui.commands.failures import UsageError
from tui.commands.output import complain
from tui.text import one_line


def confirm(arguments: Namespace, name: str, *, purpose: str, nothing: str) -> None:
    """Nothing, where ``name`` was typed, or given; it is asked for on a terminal only.

    ``purpose`` is what it is typed for, ``nothing`` says what was not done where it was not.

    Raises:
        UsageError: it was not.
    """
    told = arguments.confirm
    if not told and not arguments.json and sys.stdin.isatty():
        from tui.asking import ask

        told = ask(f"Type {one_line(name)} to {purpose}")
    if told == name:
        return
    if told:
        complain(f"pgvigil: {one_line(told)} is not {one_line(name)}")
    raise UsageError(
        f"nothing was {nothing}: nobody confirmed it",
        remedy=f"type the name, or give it: --confirm {one_line(name)}",
    )
