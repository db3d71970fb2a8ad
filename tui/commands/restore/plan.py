"""``pgvigil restore plan [SERVER]``."""

from __future__ import annotations

import re
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from datetime import UTC, datetime
from pathlib import Path

from core.errors import ExitCode, RestoreError
from core.model.backup import TableName
from core.model.restore import ChosenTable
from tui.commands.output import say

_QUOTED = re.compile(r'"(?:[^"]|"")+"')
_TABLE = re.compile(
    rf"""(?:(?P<schema>{_QUOTED.pattern}|(?!{_QUOTED.pattern}(?:\.|$))[^.]+)\.)?
         (?P<name>{_QUOTED.pattern}|(?(schema).+|[^.]+))""",
    re.DOTALL | re.VERBOSE,
)

DESCRIPTION = """\
What a restore would do: which backup and copy and why, what is fetched, every step with its
commands, what is checked before, what is destroyed, how it is undone. Nothing is touched.

Without more the newest good backup comes back as a new database beside the old one.
`pgvigil restore run FILE` does a plan that was saved with --out; it is refused when the world
has changed meanwhile.

Exit code: 0 it can be done; 2 something must be mended first; 3 it can't be planned; 64, 78 as
everywhere."""


def add_arguments(parser: ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("server", nargs="?", default="", metavar="SERVER", help="whose backups")
    parser.add_argument("--database", default="", metavar="NAME", help="of which database")
    parser.add_argument(
        "--backup", default="", metavar="ID", help="this one: an id, or its beginning or end"
    )
    parser.add_argument("--from", dest="repository", default="", metavar="REPOSITORY")
    parser.add_argument(
        "--before", type=moment, metavar="TIME", help="the newest that is not younger (UTC)"
    )
    parser.add_argument(
        "--table",
        action="append",
        default=[],
        type=table,
        metavar="SCHEMA.NAME",
        help="only this table; may be given again",
    )
    parser.add_argument(
        "--schema",
        action="append",
        default=[],
        metavar="NAME",
        help="only this schema; may be given again",
    )
    parser.add_argument("--schema-only", action="store_true", help="definitions without rows")
    parser.add_argument(
        "--swap",
        action="store_true",
        help="in place: restored beside, proven, then both change names",
    )
    parser.add_argument("--merge", action="store_true", help="the tables go into the live database")
    parser.add_argument(
        "--dependents",
        action="store_true",
        help="with --merge: also the views and functions that are gone with them",
    )
    parser.add_argument(
        "--scratch",
        action="store_true",
        help="on a server that is started for it, which stays up until restore undo",
    )
    parser.add_argument(
        "--apply",
        default="",
        metavar="RESTORE",
        help="merge the rows that this one staged: those that are missing come back",
    )
    parser.add_argument(
        "--update", action="store_true", help="with --apply: different rows are set back, too"
    )
    parser.add_argument(
        "--delete",
        action="store_true",
        help="with --apply: rows that the backup does not have are deleted, too",
    )
    parser.add_argument(
        "--globals",
        action="store_true",
        help="only roles, memberships and tablespaces that the server lacks",
    )
    parser.add_argument("--to", default="", metavar="SERVER", help="another server of the config")
    parser.add_argument(
        "--name",
        default="",
        metavar="NAME",
        help="the new database's name; with --swap or --merge the live one's",
    )
    parser.add_argument(
        "--no-owner", action="store_true", help="all of it belongs to the role that restores"
    )
    parser.add_argument(
        "--create-roles", action="store_true", help="make roles that are missing, without login"
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="save the plan, for restore run")
    parser.add_argument("--json", action="store_true", help="the plan as a JSON document")


def run(arguments: Namespace) -> int:
    """Plan, and show it."""
    from core.api.restores import RestoreRequest, open_restores, write_plan
    from tui.restore_report import plan_lines

    request = RestoreRequest(
        server=arguments.server,
        database=arguments.database,
        backup=arguments.backup,
        repository=arguments.repository,
        moment=arguments.before,
        tables=tuple(
            ChosenTable(each, with_rows=not arguments.schema_only) for each in arguments.table
        ),
        to_server=arguments.to,
        name=arguments.name,
        owners=not arguments.no_owner,
        schemas=tuple(arguments.schema),
        rows=not arguments.schema_only,
        swap=arguments.swap,
        merge=arguments.merge,
        dependents=arguments.dependents,
        create_roles=arguments.create_roles,
        scratch=arguments.scratch,
        apply=arguments.apply,
        update=arguments.update,
        delete=arguments.delete,
        globals_only=arguments.globals,
    )
    with open_restores(arguments.config, arguments.state_folder) as restores:
        made = restores.plan(restores.wish(request))
    document = write_plan(made)
    if arguments.out is not None:
        _save(arguments.out, document)
    if arguments.json:
        say(document.decode().rstrip())
    else:
        for line in plan_lines(made):
            say(line)
        if arguments.out is not None:
            say(f"Saved. Do it with: pgvigil restore run {arguments.out}")
    return ExitCode.CRITICAL if made.stops else ExitCode.OK


def moment(text: str) -> datetime:
    """A moment in ISO 8601; in UTC where it says no zone."""
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is no moment such as 2026-11-21T14:32") from None
    return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)


def table(text: str) -> TableName:
    """A table with its schema, which is public where none is said.

    Either may be in double quotes, as in SQL; without them it is taken as it stands.
    """
    if not (text and (found := _TABLE.fullmatch(text))):
        raise ArgumentTypeError(f"{text!r} is no table such as public.orders")
    schema, name = found["schema"] or "public", found["name"]
    return TableName(_unquoted(schema), _unquoted(name))


def _unquoted(name: str) -> str:
    return name[1:-1].replace('""', '"') if _QUOTED.fullmatch(name) else name


def _save(path: Path, document: bytes) -> None:
    try:
        with path.open("xb") as file:
            file.write(document)
    except OSError as error:
        raise RestoreError(
            f"The plan can't be saved as {path}",
            why=error.strerror or str(error),
            remedy="name a new file in a folder that you may write to",
        ) from error
