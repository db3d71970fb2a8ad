"""``pgvigil init``: describe a server, try it, write the config."""

from __future__ import annotations

import dataclasses
import os
import shlex
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import ConfigError, ExitCode, PgvigilError
from tui.commands.output import complain, say

if TYPE_CHECKING:
    from core.api.setup import Draft, Value

DESCRIPTION = """\
Ask for a server, try the connection, say what the role may see there, and write a
commented config. A config that is there already is never rewritten: what to add to it
is printed instead."""

_PASSWORD_SOURCES = (
    "an environment variable",
    "a file",
    "a program that prints it (pass, vault, gcloud, …)",
    "nowhere: ~/.pgpass, a service file or a certificate has it, or none is needed",
)


def add_arguments(parser: ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("--name", help="the server's name in the config")
    parser.add_argument("--dsn", metavar="DSN", help="postgresql:// URL or key=value parameters")
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--password-env", metavar="VARIABLE", help="variable with the password")
    source.add_argument("--password-file", metavar="FILE", help="file with the password")
    source.add_argument(
        "--password-command", metavar="COMMAND", help="program and arguments that print it"
    )
    parser.add_argument("--production", action="store_true", help="mark the server as production")
    parser.add_argument("--yes", action="store_true", help="ask nothing, take what is given")
    parser.add_argument("--untested", action="store_true", help="don't try the connection")


def run(arguments: Namespace) -> int:
    """Describe, try, write; nothing is written when the attempt fails and nobody insists."""
    from core.api.folders import config_file
    from core.api.setup import ensure_writable

    path = config_file(arguments.config)
    ensure_writable(path)
    draft = _given(arguments) if arguments.yes else _asked(arguments)
    draft.settings()
    while not arguments.untested and not _works(draft):
        if arguments.yes:
            return ExitCode.UNKNOWN
        draft, goes_on = _after_failure(arguments, draft)
        if goes_on:
            break
    code = _record(path, draft, asks=not arguments.yes)
    if needs_pgpassword(draft.keys, os.environ):
        say("The password is taken from PGPASSWORD: the config works only where that is set, too.")
        say('To have it say so, add this to the server\'s table: password_env = "PGPASSWORD"')
    return code


def needs_pgpassword(keys: Mapping[str, object], environment: Mapping[str, str]) -> bool:
    """Whether libpq takes the password from its variable because a server's keys name no place."""
    return bool(environment.get("PGPASSWORD")) and not any(
        key.startswith("password_") for key in keys
    )


def _given(arguments: Namespace) -> Draft:
    """The draft that the options give; what they leave out is libpq's business."""
    from core.api.setup import Draft, keys_of_dsn, name_for

    keys, password = keys_of_dsn(arguments.dsn) if arguments.dsn else ({}, "")
    keys |= _source_given(arguments)
    if password and not _source_given(arguments):
        raise ConfigError(
            "the password in the DSN would have no place",
            why="a password is never written into the config",
            remedy="say where to find it: --password-env, --password-file or --password-command",
        )
    if arguments.production:
        keys["production"] = True
    return Draft(arguments.name or name_for(keys), keys, password)


def _source_given(arguments: Namespace) -> dict[str, Value]:
    keys: dict[str, Value] = {}
    if arguments.password_env:
        keys["password_env"] = arguments.password_env
    if arguments.password_file:
        keys["password_file"] = arguments.password_file
    if arguments.password_command:
        keys["password_command"] = _words(arguments.password_command)
    return keys


def _words(command: str) -> list[str]:
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise ConfigError(
            f"the command can't be understood: {command}",
            why=str(error),
            remedy="write program and arguments as in a shell, each quote closed",
        ) from error
    if not words:
        raise ConfigError("the command is empty", remedy="write program and arguments")
    return words


def _asked(arguments: Namespace) -> Draft:
    """The draft that a person describes; options given answer their question."""
    from core.api.setup import Draft, keys_of_dsn, name_for
    from tui.asking import agree, ask_for

    def place(dsn: str) -> tuple[dict[str, Value], str]:
        return keys_of_dsn(dsn) if dsn else ({}, "")

    keys, password = (
        place(arguments.dsn)
        if arguments.dsn
        else ask_for("postgresql:// URL of the server (empty: asked piece by piece)", place)
    )
    keys = keys or _pieces()
    if password:
        say("The password in the URL is not written.")
    source = _source_given(arguments)
    if not source:
        source, password = _password_source(password)
    keys |= source
    if arguments.production or agree("Is it a production server?", default=False):
        keys["production"] = True
    return Draft(arguments.name or _name(name_for(keys)), keys, password)


def _name(suggestion: str) -> str:
    from core.api.setup import why_not_a_name
    from tui.asking import ask_for

    def read(name: str) -> str:
        if reason := why_not_a_name(name):
            raise ConfigError(f"{name} {reason}.")
        return name

    return ask_for("Name of the server in pgvigil", read, suggestion)


def _pieces() -> dict[str, Value]:
    from tui.asking import ask

    keys: dict[str, Value] = {}
    keys["host"] = ask("Host, or folder of the Unix socket", os.environ.get("PGHOST", ""))
    keys["port"] = _port(os.environ.get("PGPORT", "5432"))
    keys["dbname"] = ask("Database", os.environ.get("PGDATABASE", "postgres"))
    keys["user"] = ask("Role", os.environ.get("PGUSER", "pgvigil"))
    return {key: value for key, value in keys.items() if value != ""}


def _port(suggestion: str) -> int:
    from tui.asking import ask_for

    def read(port: str) -> int:
        if port.isascii() and port.isdecimal() and 1 <= int(port) <= 65535:
            return int(port)
        raise ConfigError("Please answer with a number from 1 to 65535.")

    return ask_for("Port", read, suggestion)


def _password_source(password: str) -> tuple[dict[str, Value], str]:
    """Where the password will be found, and the password for this attempt where it isn't yet."""
    from tui.asking import ask_for, ask_secret, choose

    match choose("Where does pgvigil find the password?", _PASSWORD_SOURCES):
        case 0:
            variable = ask_for("Name of the variable", _variable, "PGVIGIL_PASSWORD")
            if not password and not os.environ.get(variable):
                password = ask_secret(f"{variable} is not set here; the password, for this attempt")
            return {"password_env": variable}, password
        case 1:
            return {"password_file": ask_for("File", partial(_password_file, password))}, ""
        case 2:
            return {"password_command": ask_for("Program and arguments", _words)}, password
        case _:
            return {}, ""


def _variable(name: str) -> str:
    from core.api.setup import why_not

    if reason := why_not("password_env", name):
        raise ConfigError(f"The name {reason}.")
    return name


def _password_file(password: str, file: str) -> str:
    """``file``, which is there now; a new one holds ``password`` or the one that is asked for."""
    from core.api.setup import is_new_file, write_password
    from tui.asking import ask_secret

    if is_new_file(file):
        password = password or ask_secret(f"{file} is not there yet; the password for it")
        say(f"Written, for your eyes only: {write_password(file, password)}")
    return file


def _works(draft: Draft) -> bool:
    """Try the connection as the config will make it, and say what was found."""
    from core.api.doctor import report_for_draft, to_be_tried
    from tui.capability_report import text
    from tui.text import clean

    tried, missing = to_be_tried(draft)
    say(f"Trying {draft.name} …")
    if missing is not None:
        say(clean(f"It is made with the password that you gave, not the config's: {missing.what}."))
        say(clean(f"The config works once that is mended: {missing.remedy}."))
    try:
        report = report_for_draft(tried)
    except PgvigilError as error:
        complain(clean(str(error)))
        if draft.password and missing is None:
            complain("Not the password in the DSN was tried, but the one that the config will use.")
        return False
    say()
    say(text(report))
    say()
    return True


def _after_failure(arguments: Namespace, draft: Draft) -> tuple[Draft, bool]:
    """The draft to go on with, and whether it is to be written as it is."""
    from tui.asking import choose

    answer = choose("What now?", ("answer again", "try again", "write it as it is", "stop"))
    if answer == 3:
        say("Nothing was written.")
        raise KeyboardInterrupt
    if answer == 0:
        again = Namespace(**{**vars(arguments), "dsn": None, "name": draft.name})
        draft = _asked(again)
        draft.settings()
    return draft, answer == 2


def _leading_to(path: Path) -> str:
    """The option that leads to a config that is not looked for by itself."""
    from core.api.folders import config_file

    return "" if config_file(None) == path else f"--config {shlex.quote(str(path))} "


def _record(path: Path, draft: Draft, *, asks: bool) -> int:
    from core.api.setup import names_in, write
    from tui.asking import agree

    if path.exists():
        if draft.name in names_in(path):
            say(f"{path} has a server {draft.name} already; compare it with this:")
        else:
            say(f"{path} is there already and stays as it is; add this to it:")
        say()
        say(draft.block().rstrip())
        return ExitCode.OK
    if asks and not agree(f"Write {path}?", default=True):
        say(draft.block().rstrip())
        return ExitCode.OK
    write(path, dataclasses.replace(draft, password=""))
    say(f"Written: {path}")
    say(f"Next: pgvigil {_leading_to(path)}{shlex.quote(draft.name)}")
    return ExitCode.OK
