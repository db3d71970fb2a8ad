"""The arguments of pg_dump."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from core.backup.dump.endpoint import Endpoint
from core.backup.dump.patterns import in_any_schema
from core.config.dump_settings import DumpSettings
from core.model.backup import BackupKind, Selection, TableName
from core.postgres.client_programs import ClientPrograms
from core.postgres.text import python_codec

LONGEST_EXCLUSIONS = 1_000_000
"""Bytes of arguments that name tables to be left out, where pg_dump takes no file for them."""


def compression_of(programs: ClientPrograms, settings: DumpSettings) -> str:
    """The compression that these programs can do best, as ``zstd:3``."""
    if programs.has_zstd:
        return f"zstd:{settings.zstd_level}"
    return f"gzip:{settings.gzip_level}"


@dataclass(frozen=True, slots=True)
class DumpOrder:
    """What pg_dump is to dump: the database as the exported ``snapshot`` sees it.

    ``compression`` is a method and a level, as ``zstd:3``.
    """

    endpoint: Endpoint
    programs: ClientPrograms
    snapshot: str
    compression: str
    kind: BackupKind = BackupKind.FULL
    selection: Selection = field(default_factory=Selection)


def common_arguments(order: DumpOrder) -> list[str | bytes]:
    """What directory and custom format have in common; patterns are in the database's encoding."""
    endpoint, selection = order.endpoint, order.selection
    codec = python_codec(endpoint.encoding)
    has_zstd = order.programs.has_zstd
    level = order.compression if has_zstd else order.compression.partition(":")[2]
    arguments: list[str | bytes] = [
        f"--dbname={endpoint.conninfo()}",
        f"--snapshot={order.snapshot}",
        f"--lock-wait-timeout={round(endpoint.settings.lock_wait_seconds * 1000)}",
        f"--compress={level}",
        "--verbose",
        "--no-sync",
    ]
    if order.kind is BackupKind.SCHEMA:
        arguments.append("--schema-only")
    for option, patterns in (
        ("--schema=", selection.schemas),
        ("--table=", tuple(map(in_any_schema, selection.tables))),
        ("--exclude-schema=", selection.excluded_schemas),
        ("--exclude-table=", tuple(map(in_any_schema, selection.excluded_tables))),
    ):
        arguments += [(option + pattern).encode(codec) for pattern in patterns]
    return arguments


def exclusion_arguments(tables: Iterable[TableName], encoding: str) -> list[bytes]:
    """The arguments that leave out the data of ``tables``."""
    codec = python_codec(encoding)
    return [b"--exclude-table-data=" + exact_pattern(table).encode(codec) for table in tables]


def exclusion_file(tables: Sequence[TableName], encoding: str) -> bytes:
    """The same as a filter file, which PostgreSQL 17's pg_dump and newer ones read."""
    codec = python_codec(encoding)
    lines = [f"exclude table_data {exact_pattern(table)}\n" for table in tables]
    return "".join(lines).encode(codec)


def exact_pattern(table: TableName) -> str:
    """The pattern that fits this table alone.

    >>> exact_pattern(TableName("public", 'a"b'))
    '"public"."a""b"'
    """
    return ".".join('"' + part.replace('"', '""') + '"' for part in (table.schema, table.name))
