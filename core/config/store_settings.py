"""The store: where it is, and how long what is kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from msgspec import Meta

from core.config.secret_references import command_for, file_of, variable_of
from core.config.settings_types import Days, Seconds, about


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """Where pgvigil keeps what it saw, and for how long."""

    url: Annotated[
        str,
        about(
            "Empty: SQLite in the state folder; or postgresql://…, no password.",
            "postgresql://pgvigil@store.example.com/pgvigil",
        ),
    ] = ""
    password_env: Annotated[
        str,
        variable_of("password"),
        about("Environment variable with the store's password.", "PGVIGIL_STORE_PASSWORD"),
    ] = ""
    password_file: Annotated[str, file_of("password", "~/.config/pgvigil/store.password")] = ""
    password_command: Annotated[
        tuple[str, ...], command_for("password", ["pass", "show", "pgvigil-store"])
    ] = ()
    snapshot_hours: Annotated[
        float,
        Meta(gt=0, le=87_600),
        about("Hours of snapshots kept: what rewind can show."),
    ] = 24
    snapshot_bytes_per_server: Annotated[
        int, Meta(ge=1_000_000), about("Bytes of snapshots kept; the oldest go first.")
    ] = 64_000_000
    snapshot_full_minutes: Annotated[
        float, Meta(gt=0, le=100_000), about("Minutes of which every snapshot is kept.")
    ] = 60
    snapshot_thinned_seconds: Annotated[
        Seconds, about("Of older snapshots the first of so many seconds is kept.")
    ] = 20
    statement_days: Annotated[Days, about("Days that single statements are kept.")] = 7
    statements_per_minute: Annotated[
        int, Meta(ge=1, le=1000), about("Statements of each minute that go into their history.")
    ] = 30
    sample_raw_days: Annotated[Days, about("Days that every sample of the charts is kept.")] = 1
    sample_minute_days: Annotated[Days, about("Days that the charts keep one value a minute.")] = 31
    sample_hour_days: Annotated[Days, about("Days that the charts keep one value an hour.")] = 366
    job_days: Annotated[
        Days, about("Days that it is kept what became of each job and of each planned run.")
    ] = 366
    audit_days: Annotated[Days, about("Days that the record of who did what is kept.")] = 3660
    busy_seconds: Annotated[
        Seconds, about("Seconds that a write waits for another process's write.")
    ] = 5
    wait_seconds: Annotated[
        Seconds, about("Seconds that a console waits for a watcher to make the store.")
    ] = 10
