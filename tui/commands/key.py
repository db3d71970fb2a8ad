"""``pgvigil key init|list|export|confirm|import|verify|rotate``."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from pathlib import Path
from secrets import randbelow
from typing import TYPE_CHECKING, Any

from core.errors import ConfigError, ExitCode
from core.model.keys import BackupKeyState
from tui.commands.failures import UsageError
from tui.commands.output import say
from tui.key_report import (
    is_well,
    report_document,
    retired_in,
    rotation_lines,
    state_document,
    status_document,
    status_line,
)

if TYPE_CHECKING:
    from core.api.keys import Keys

DESCRIPTION = """\
The keys that backups are sealed with.

init [NAME]            make a key; on a terminal show it once, to be kept on paper or in a safe
list                   the keys of the config: where they are, whether they are confirmed
export [NAME]          show the recovery key again; on a terminal only, unless --show says so
confirm [NAME]         type a line of what you kept: from then on backups are taken
import [NAME]          write a key that was kept elsewhere into its file
verify [REPOSITORY …]  try for each backup whether a key at hand opens it
rotate [REPOSITORY …]  bring every backup under the key for new ones; moves no data

NAME is the key that [encryption] names, unless another is given.

Exit code: 0 done; 1 a key of the config is not at hand or not confirmed (list), or a
backup still needs an older key (rotate); 2 a backup that no key at hand opens (verify);
3 a key, a repository or the store failed (verify and rotate do the others all the same);
64, 78 as everywhere."""

_LINES = 4


def add_arguments(parser: ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("what", choices=tuple(_ACTIONS))
    parser.add_argument("names", nargs="*", metavar="NAME", help="a key, or repositories")
    parser.add_argument("--json", action="store_true", help="the outcome as a JSON document")
    parser.add_argument(
        "--show",
        action="store_true",
        help="init, export: print the recovery key also where no terminal shows it",
    )
    parser.add_argument(
        "--from", dest="source", type=Path, metavar="FILE", help="import: read the key from FILE"
    )
    parser.add_argument(
        "--line", type=int, choices=range(1, _LINES + 1), help="confirm: which line is given"
    )
    parser.add_argument("--yes", action="store_true", help="rotate: don't ask")


def run(arguments: Namespace) -> int:
    """Do with the keys what is asked for; gives the exit code."""
    from core.api.keys import open_keys

    with open_keys(arguments.config, arguments.state_folder) as keys:
        return _ACTIONS[arguments.what](keys, arguments)


def _init(keys: Keys, arguments: Namespace) -> int:
    made = keys.make(_name(keys, arguments))
    is_shown = arguments.show or _is_on_terminal(arguments)
    if arguments.json:
        told: dict[str, Any] = {
            "name": made.name,
            "key_id": made.key_id,
            "place": made.place,
            "stored": made.is_stored,
        }
        _print({**told, "recovery_key": made.recovery_lines} if arguments.show else told)
        return ExitCode.OK
    say(f"Key {made.name} ({made.key_id}) is made.")
    if made.is_stored:
        say(f"It is kept in: {made.place}")
    elif is_shown:
        say(f"Put it where pgvigil finds it: {made.place}")
    else:
        raise UsageError(
            f"the key has to be put into: {made.place}",
            remedy="run it on a terminal, which shows the key, or with --show",
        )
    if not is_shown:
        say("No backup is taken before its recovery key is kept elsewhere and confirmed:")
        say(f"  pgvigil key export {made.name}    (on a terminal)")
        say(f"  pgvigil key confirm {made.name}")
        return ExitCode.OK
    _show(made.recovery_lines)
    if not _is_on_terminal(arguments) or not sys.stdin.isatty() or not made.is_stored:
        say(f"When it is kept: pgvigil key confirm {made.name}")
        return ExitCode.OK
    return _confirm_typed(keys, made.name, None)


def _list(keys: Keys, arguments: Namespace) -> int:
    from tui.text import clean

    statuses = keys.statuses()
    if arguments.json:
        _print({"keys": [status_document(status) for status in statuses]})
    else:
        for status in statuses:
            say(clean(status_line(status)))
    return ExitCode.OK if all(map(is_well, statuses)) else ExitCode.WARNING


def _export(keys: Keys, arguments: Namespace) -> int:
    name = _name(keys, arguments)
    if not arguments.show and not _is_on_terminal(arguments):
        raise UsageError(
            "the recovery key is not printed where no terminal shows it",
            remedy="run it on a terminal, or with --show if it may go into that file or pipe",
        )
    lines = keys.recovery_lines(name)
    if arguments.json:
        _print({"name": name, "recovery_key": lines})
    elif _is_on_terminal(arguments):
        _show(lines)
    else:
        say("\n".join(lines))
    return ExitCode.OK


def _confirm(keys: Keys, arguments: Namespace) -> int:
    name = _name(keys, arguments)
    if arguments.json:
        line = arguments.line or 1
        key_id = keys.confirm(name, line - 1, sys.stdin.readline())
        _print({"name": name, "key_id": key_id, "confirmed": True})
        return ExitCode.OK
    return _confirm_typed(keys, name, arguments.line)


def _confirm_typed(keys: Keys, name: str, line: int | None) -> int:
    """Ask for one line, drawn by lot where none is named, until it fits or the person gives up."""
    from tui.asking import ask_for

    number = line or 1 + randbelow(_LINES)
    if not sys.stdin.isatty():
        key_id = keys.confirm(name, number - 1, sys.stdin.readline())
    else:
        say("Now type from what you kept, so that it is sure to be right.")
        key_id = ask_for(
            f"Line {number} of the recovery key",
            lambda typed: keys.confirm(name, number - 1, typed),
        )
    say(f"Confirmed: a copy of key {name} ({key_id}) is kept.")
    return ExitCode.OK


def _import(keys: Keys, arguments: Namespace) -> int:
    name = _name(keys, arguments)
    key_id = keys.take(name, _given_key(arguments))
    if arguments.json:
        _print({"name": name, "key_id": key_id})
    else:
        say(f"Key {name} ({key_id}) is at hand. See what it opens: pgvigil key verify")
    return ExitCode.OK


def _given_key(arguments: Namespace) -> str:
    """The text of a key: from a file, a pipe, or typed line by line."""
    if arguments.source:
        try:
            return str(arguments.source.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise ConfigError(f"{arguments.source} can't be read", why=reason) from error
    if not sys.stdin.isatty():
        return sys.stdin.read(10_000)
    from tui.asking import ask

    return "\n".join(ask(f"Line {number} of the recovery key") for number in range(1, _LINES + 1))


def _verify(keys: Keys, arguments: Namespace) -> int:
    from tui.text import clean

    opened, closed, hindered = 0, list[BackupKeyState](), list[BackupKeyState]()
    states = []
    for state in keys.verify(arguments.names):
        states.append(state)
        if not state.problem:
            opened += 1
            continue
        (closed if state.backup_id else hindered).append(state)
        if not arguments.json:
            of = f"NOT OPENED  {state.repository}  {state.backup_id}"
            of = of if state.backup_id else f"NOT REACHED  {state.repository}"
            say(clean(f"{of}: {state.problem}"))
    if arguments.json:
        _print({"backups": [state_document(state) for state in states]})
    else:
        say(f"{opened} of {opened + len(closed)} backups open with the keys at hand.")
    if closed:
        return ExitCode.CRITICAL
    return ExitCode.UNKNOWN if hindered else ExitCode.OK


def _rotate(keys: Keys, arguments: Namespace) -> int:
    if not arguments.yes and not arguments.json:
        _ask_whether_to_rotate(keys, arguments.names)
    reports = dict(keys.rotate(arguments.names))
    needed = keys.still_needed(retired_in(reports))
    if arguments.json:
        told = {name: report_document(each) for name, each in reports.items()}
        _print({"repositories": told, "still_needed": needed})
    else:
        from tui.text import clean

        say(clean("\n".join(rotation_lines(reports, needed))))
    if any(report.hindrance for report in reports.values()):
        return ExitCode.UNKNOWN
    is_complete = all(report.is_complete for report in reports.values())
    return ExitCode.OK if is_complete else ExitCode.WARNING


def _ask_whether_to_rotate(keys: Keys, repositories: Sequence[str]) -> None:
    """Show what would be done."""
    from tui.asking import agree

    first = next(status for status in keys.statuses() if status.seals_new_backups)
    states = [state for state in keys.verify(repositories) if state.backup_id]
    there = [state for state in states if state.key_ids != {first.key_id}]
    say(f"{len(there)} of {len(states)} backups are not under key {first.name} ({first.key_id}).")
    say("Their wraps.json are rewritten, one by one; no data is moved, no key is taken away.")
    closed = sum(bool(state.problem) for state in states)
    if closed:
        say(f"{closed} of them open with no key at hand and stay as they are.")
    if not agree("Rotate?", default=False):
        raise UsageError("nothing was changed", remedy="--yes rotates without asking")


def _name(keys: Keys, arguments: Namespace) -> str:
    if len(arguments.names) > 1:
        raise UsageError(f"key {arguments.what} takes one NAME")
    return str(arguments.names[0]) if arguments.names else keys.name_for_new_backups


def _is_on_terminal(arguments: Namespace) -> bool:
    return sys.stdout.isatty() and not arguments.json


def _show(lines: Sequence[str]) -> None:
    say()
    say("The recovery key. Whoever has it can read the backups; without it and")
    say("without the key's file nobody can. Keep it apart from this machine: on")
    say("paper in a safe, in a vault.")
    say()
    for number, line in enumerate(lines, 1):
        say(f"  {number}   {line}")
    say()


def _print(document: dict[str, Any]) -> None:
    say(json.dumps({"schema": 1, **document}, indent=2))


_ACTIONS: dict[str, Callable[[Keys, Namespace], int]] = {
    "init": _init,
    "list": _list,
    "export": _export,
    "confirm": _confirm,
    "import": _import,
    "verify": _verify,
    "rotate": _rotate,
}
