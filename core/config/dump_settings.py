"""How a dump is taken."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from msgspec import Meta

from core.config.settings_types import Positive, Seconds, about


@dataclass(frozen=True, slots=True)
class DumpSettings:
    """How pg_dump and the fingerprint read a database."""

    client_programs: Annotated[
        str,
        about(
            "Folder with pg_dump and the others; empty: those that fit are looked for.",
            "/usr/lib/postgresql/18/bin",
        ),
    ] = ""
    workers: Annotated[
        int, Meta(ge=1, le=64), about("Tables that are dumped or hashed at the same time.")
    ] = 2
    zstd_level: Annotated[
        int, Meta(ge=1, le=19), about("Compression level where pg_dump has zstd (16 and newer).")
    ] = 3
    gzip_level: Annotated[
        int, Meta(ge=1, le=9), about("Compression level of an older pg_dump, which has only gzip.")
    ] = 1
    lock_wait_seconds: Annotated[
        Seconds, about("A dump that waits longer for the lock of a table is given up.")
    ] = 60
    connect_timeout_seconds: Annotated[
        Seconds, about("A connection attempt that takes longer is given up.")
    ] = 10
    nice: Annotated[
        int, Meta(ge=0, le=19), about("How much pg_dump steps back for others: 0 not at all.")
    ] = 10
    io_priority: Annotated[
        Literal["normal", "low", "idle"], about("How much pg_dump steps back at the disk (Linux).")
    ] = "low"
    stop_seconds: Annotated[
        Seconds, about("A program that was asked to end and lives on after so long is killed.")
    ] = 5
    staging_share: Annotated[
        Positive,
        about("Size of a dump in its staging folder as a share of the tables' size, at most."),
    ] = 0.7
    fingerprint_bytes: Annotated[
        int,
        Meta(ge=0),
        about("Tables are hashed until so many bytes, smallest first; 0: all of them."),
    ] = 0
    incremental_chain: Annotated[
        int, Meta(ge=0, le=1000), about("Incremental backups between two full ones, at most.")
    ] = 45
