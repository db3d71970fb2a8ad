"""What a managed platform keeps in each database for itself, and does not let its user read.

What is left out here holds nothing that the platform does not make again in a new project. Schemas
with a user's own rows (Supabase's ``auth`` and ``storage``, Neon's ``neon_auth``) are not: they are
dumped.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.backup.dump.endpoint import Connection
from core.model.backup import Selection


@dataclass(frozen=True, slots=True)
class Platform:
    """A managed platform: how it is known, what is its own, and what a restore must know of it."""

    name: str
    excluded_schemas: tuple[str, ...]
    note: str


PLAIN = Platform("", (), "")
"""No platform: everything is the user's."""

SUPABASE = Platform(
    "Supabase",
    (
        "_analytics",
        "_realtime",
        "_supavisor",
        "graphql",
        "graphql_public",
        "net",
        "pgbouncer",
        "pgsodium",
        "pgsodium_masks",
        "pgtle",
        "realtime",
        "supabase_functions",
        "vault",
    ),
    "Supabase: auth and storage are in the backup, the files of storage are not; secrets of the"
    " vault can't be read and have to be set again",
)

NEON = Platform(
    "Neon",
    ("neon", "neon_migration"),
    "Neon: roles that its console made are made there again; their passwords can't be read",
)

_SIGNS = """
SELECT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'supabase_admin'),
       EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'neon_superuser')
"""


def recognise(connection: Connection) -> Platform:
    """The platform that the server belongs to, by the roles that only such a platform makes."""
    row = connection.execute(_SIGNS).fetchone()
    supabase, neon = row or (False, False)
    if supabase:
        return SUPABASE
    return NEON if neon else PLAIN


def with_platform(selection: Selection, platform: Platform) -> Selection:
    """``selection`` without the platform's own schemas."""
    excluded = (*selection.excluded_schemas, *platform.excluded_schemas)
    return Selection(
        schemas=selection.schemas,
        tables=selection.tables,
        excluded_schemas=tuple(dict.fromkeys(excluded)),
        excluded_tables=selection.excluded_tables,
    )
