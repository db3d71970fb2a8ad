"""Which backups are taken, and where they go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from msgspec import Meta

from core.config.settings_types import Seconds, about

EVERY_DATABASE = "all"
"""Stands for every database of a server that takes connections and is no template."""


@dataclass(frozen=True, slots=True)
class BackupSettings:
    """Which backups are taken, and where they go; [dump] says how a database is read.

    Backups are possible once copies names a repository.
    """

    copies: Annotated[
        tuple[str, ...],
        about(
            "Repositories that each get a copy; one of them should be elsewhere.",
            ["local", "offsite"],
        ),
    ] = ()
    databases: Annotated[
        tuple[str, ...],
        about(
            'Databases of each server; none: the one that is connected to; ["all"]: every one.',
            ["orders", "billing"],
        ),
    ] = ()
    exclude_databases: Annotated[
        tuple[str, ...],
        about(
            'Databases that ["all"] leaves out; these are those of providers, which let nobody in.'
        ),
    ] = (
        "rdsadmin",
        "cloudsqladmin",
        "alloydbadmin",
        "azure_maintenance",
        "azure_sys",
        "_aiven",
        "_dodb",
    )
    kind: Annotated[
        Literal["full", "incremental", "schema", "data"],
        about("Kind of a backup where none is asked for."),
    ] = "full"
    exclude_schemas: Annotated[
        tuple[str, ...], about("Schemas that are left out, as pg_dump's patterns.", ["scratch_*"])
    ] = ()
    exclude_tables: Annotated[
        tuple[str, ...],
        about("Tables that are left out, as pg_dump's patterns.", ["public.cache"]),
    ] = ()
    staging: Annotated[
        str,
        about(
            "Folder for dumps under way; empty: staging/ in the state folder.",
            "/srv/pgvigil/staging",
        ),
    ] = ""
    files_at_once: Annotated[
        int,
        Meta(ge=1, le=32),
        about("Large files of a dump that are stored at once; of small ones four times as many."),
    ] = 2
    objective_seconds: Annotated[
        float,
        Meta(gt=0, le=3.2e9, extra={"unit": "seconds"}),
        about("The last good backup should never be older."),
    ] = 86_400
    quota_bytes: Annotated[
        int, Meta(ge=0), about("Bytes that one copy of all backups may take; 0: not known.")
    ] = 0
    lease_seconds: Annotated[
        Seconds, about("A backup of another host that was silent for so long counts as ended.")
    ] = 60
