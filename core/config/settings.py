"""The settings model: every threshold, pace, limit and retention has its default here, only here.

``config.example.toml`` is written from here: ``about`` says what a key means, a docstring what a
table is for. ``extra["expected"]`` says what a value must be where its type and bounds don't say it
well enough.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Literal

from msgspec import Meta

from core.config.backup_settings import BackupSettings
from core.config.dump_settings import DumpSettings
from core.config.encryption_settings import EncryptionSettings, KeySettings
from core.config.repository_settings import RepositorySettings
from core.config.retention_settings import RetentionSettings
from core.config.schedule_settings import JobSettings, SchedulerSettings, ScheduleSettings
from core.config.settings_types import Days, Positive, Seconds, Share, about
from core.config.verify_settings import VerifySettings

VariableName = Annotated[
    str,
    Meta(
        pattern=r"^([A-Za-z_][A-Za-z0-9_]*)?$",
        extra={"expected": "the name of an environment variable, not the password itself"},
    ),
]


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """One server, under the name that pgvigil NAME takes; give a dsn or the single parameters.

    What is left out is libpq's business: PG* variables, service files, ~/.pgpass.
    """

    dsn: Annotated[
        str,
        about(
            "postgresql:// URL or key=value string, without a password.",
            "postgresql://pgvigil@db.example.com:5432/orders",
        ),
    ] = field(default="", repr=False)
    host: Annotated[
        str, about("Host name, address, or the folder of a Unix socket.", "db.example.com")
    ] = ""
    port: (
        Annotated[int, Meta(ge=1, le=65535), about("TCP port; libpq's default is 5432.", 5432)]
        | None
    ) = None
    dbname: Annotated[
        str, about("Database to connect to; any one shows the whole server.", "orders")
    ] = ""
    user: Annotated[str, about("Role to connect as; pg_monitor is all it needs.", "pgvigil")] = ""
    service: Annotated[str, about("A section of pg_service.conf.", "orders")] = ""
    sslmode: Annotated[
        Literal["", "disable", "allow", "prefer", "require", "verify-ca", "verify-full"],
        about("How TLS is used; verify-full also checks who answers.", "verify-full"),
    ] = ""
    sslrootcert: Annotated[
        str,
        about(
            "File with the certificate authority to trust (~ is your home folder), or system.",
            "~/.postgresql/root.crt",
        ),
    ] = ""
    sslcert: Annotated[
        str,
        about(
            "File with the client certificate; ~ is your home folder.",
            "~/.postgresql/postgresql.crt",
        ),
    ] = ""
    sslkey: Annotated[
        str,
        about(
            "File with the client certificate's key; ~ is your home folder.",
            "~/.postgresql/postgresql.key",
        ),
    ] = ""
    password_env: Annotated[
        VariableName, about("Environment variable that holds the password.", "ORDERS_PASSWORD")
    ] = ""
    password_file: Annotated[
        str,
        about(
            "File whose first line is the password; ~ is your home folder.",
            "~/.config/pgvigil/orders.password",
        ),
    ] = ""
    password_command: Annotated[
        tuple[str, ...],
        about(
            "Program and arguments that print the password; no shell is used.",
            ["pass", "show", "orders"],
        ),
    ] = ()
    production: Annotated[
        bool, about("Mark the server on screen and ask twice before acting on it.")
    ] = False
    storage_quota_bytes: Annotated[
        int,
        Meta(ge=0),
        about("Storage that the plan allows, in bytes; 0: not known."),
    ] = 0


@dataclass(frozen=True, slots=True)
class ConsoleSettings:
    """What the terminal shows."""

    theme: Annotated[
        str,
        Meta(min_length=1),
        about("Colour theme: a shipped one, or a file in themes/ here."),
    ] = "pgvigil-dark"
    low_bandwidth: Annotated[bool, about("Draw less and less often, for a slow link.")] = False
    history_minutes: Annotated[
        int, Meta(ge=5, le=1440), about("Minutes of history that the charts show.")
    ] = 60
    status_timeout_seconds: Annotated[
        Seconds,
        about("Seconds that pgvigil status waits: for a watcher to start, and to connect or fail."),
    ] = 20
    status_no_answer_seconds: Annotated[
        Seconds, about("A server that answers no attempt to connect for so long is critical.")
    ] = 5


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds between two readings: while a console looks at the server, and while none does."""

    attended: Seconds
    unattended: Seconds


@dataclass(frozen=True, slots=True)
class CollectSettings:
    """How often each question is put to a server, and how much pgvigil may cost it."""

    connections: Annotated[Pace, about("Who is connected and what they do, in seconds.")] = Pace(
        attended=2, unattended=10
    )
    statements: Annotated[Pace, about("What the statements of the interval cost, in seconds.")] = (
        Pace(attended=6, unattended=30)
    )
    databases: Annotated[Pace, about("Commits, rollbacks, cache, temporary files, in seconds.")] = (
        Pace(attended=10, unattended=60)
    )
    server: Annotated[Pace, about("Version, role, uptime, settings, in seconds.")] = Pace(
        attended=30, unattended=60
    )
    database_sizes_seconds: Annotated[
        Seconds, about("Seconds between two readings of the databases' sizes.")
    ] = 300
    statement_timeout_seconds: Annotated[
        Seconds, about("A question that takes longer is given up, in seconds.")
    ] = 5
    lock_timeout_seconds: Annotated[
        Seconds, about("A question that waits longer for a lock is given up.")
    ] = 0.5
    connect_timeout_seconds: Annotated[
        Seconds, about("A connection attempt that takes longer is given up.")
    ] = 10
    network_timeout_seconds: Annotated[
        Seconds, about("An answer that comes later than this past its timeout is lost.")
    ] = 5
    reconnect_first_seconds: Annotated[
        Seconds, about("Wait before the first attempt to connect again; then doubling.")
    ] = 1
    reconnect_most_seconds: Annotated[
        Seconds, about("Longest wait between two attempts to connect again.")
    ] = 30
    budget_ms_per_minute: Annotated[
        Positive,
        about("Server time that pgvigil may cost, in ms a minute; above it slows down."),
    ] = 600
    first_interval_seconds: Annotated[
        Seconds, about("The first differences are taken over this short an interval.")
    ] = 0.3
    query_text_bytes: Annotated[
        int, Meta(ge=100, le=100_000), about("Of a running query's text, how much is fetched.")
    ] = 2000
    statement_text_bytes: Annotated[
        int, Meta(ge=1000, le=10**8), about("Of a statement's text, how much is kept.")
    ] = 1_000_000
    backends_listed: Annotated[
        int, Meta(ge=10, le=5000), about("Connections listed one by one; all are counted.")
    ] = 500
    statements_listed: Annotated[
        int, Meta(ge=10, le=1000), about("Statements listed one by one; all are summed.")
    ] = 100


@dataclass(frozen=True, slots=True)
class Threshold:
    """Where a figure becomes a warning and where it becomes critical."""

    warning: Positive
    critical: Positive


@dataclass(frozen=True, slots=True)
class ShareThreshold(Threshold):
    """A threshold of a share: 0.8 is 80 %."""

    warning: Share
    critical: Share


@dataclass(frozen=True, slots=True)
class ThresholdSettings:
    """When a figure becomes a finding; shares are 0 to 1, times carry their unit in the name."""

    connection_usage: Annotated[
        ShareThreshold,
        about("Client connections as a share of the slots that an ordinary role gets."),
    ] = ShareThreshold(warning=0.80, critical=0.95)
    query_mean_ms: Annotated[
        Threshold, about("A statement's mean time within the interval, in ms.")
    ] = Threshold(warning=500, critical=2000)
    storage_usage: Annotated[
        ShareThreshold,
        about("Databases as a share of storage_quota_bytes, backups of quota_bytes."),
    ] = ShareThreshold(warning=0.80, critical=0.95)
    error_rate: Annotated[
        ShareThreshold, about("Rollbacks as a share of a database's transactions.")
    ] = ShareThreshold(warning=0.05, critical=0.10)
    error_rate_least_transactions: Annotated[
        int, Meta(ge=1), about("Fewer transactions in rate_minutes say nothing of errors.")
    ] = 100
    slow_queries_per_hour: Annotated[
        int, Meta(ge=1), about("Slow statements within an hour that make a warning.")
    ] = 10
    idle_in_transaction_seconds: Annotated[
        Threshold, about("How long a session sits idle in a transaction, in seconds.")
    ] = Threshold(warning=60, critical=300)
    transaction_seconds: Annotated[
        Threshold, about("How long a transaction is open, in seconds.")
    ] = Threshold(warning=300, critical=1800)
    lock_wait_seconds: Annotated[
        Threshold, about("How long a session waits for a lock, in seconds.")
    ] = Threshold(warning=10, critical=60)
    cache_hit_rate_least: Annotated[
        Share, about("Share of blocks found in memory; below it is a note.")
    ] = 0.90
    cache_hit_rate_least_blocks: Annotated[
        int, Meta(ge=1), about("Fewer blocks asked for say nothing of the cache.")
    ] = 10_000
    rate_minutes: Annotated[
        float,
        Meta(gt=0, le=60),
        about("Minutes over which error and cache rates are taken."),
    ] = 5
    backup_age: Annotated[
        Threshold,
        about("Age of the last good backup, in multiples of objective_seconds in [backup]."),
    ] = Threshold(warning=1.5, critical=2)
    backup_verification_days: Annotated[
        Positive, about("Days after which a copy that nobody verified again is a finding.")
    ] = 35
    clear_share: Annotated[
        Share,
        about("A finding stays until its figure is below this share of its limit."),
    ] = 0.95
    hold_seconds: Annotated[
        Seconds, about("Seconds that a finding about one interval stays at least.")
    ] = 60
    event_hold_seconds: Annotated[
        Seconds, about("Seconds that a finding about an event (a deadlock) stays.")
    ] = 600


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
        VariableName,
        about("Environment variable with the store's password.", "PGVIGIL_STORE_PASSWORD"),
    ] = ""
    password_file: Annotated[
        str,
        about(
            "File whose first line is the password; ~ is your home folder.",
            "~/.config/pgvigil/store.password",
        ),
    ] = ""
    password_command: Annotated[
        tuple[str, ...],
        about(
            "Program and arguments that print the password; no shell is used.",
            ["pass", "show", "pgvigil-store"],
        ),
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


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """How watchers and consoles live together; nobody needs to change these."""

    lease_seconds: Annotated[
        Seconds, about("Another watcher takes over when this one was silent so long.")
    ] = 6
    lease_renew_seconds: Annotated[
        Seconds, about("Seconds between two signs of life of a watcher.")
    ] = 2
    lease_retry_seconds: Annotated[
        Seconds, about("Seconds between two looks whether another watcher's server is free.")
    ] = 0.5
    heartbeat_seconds: Annotated[
        Seconds, about("Seconds between two signs of life of a console.")
    ] = 10
    heartbeat_lost_seconds: Annotated[
        Seconds, about("A process of another host counts as gone after this silence.")
    ] = 30
    store_poll_seconds: Annotated[
        Seconds, about("Seconds between two looks whether the store changed.")
    ] = 0.25
    others_seconds: Annotated[
        Seconds, about("Seconds between two looks of a console at the servers it does not show.")
    ] = 3
    store_retry_seconds: Annotated[
        Seconds, about("Seconds until a store that failed is tried again.")
    ] = 2
    watcher_check_seconds: Annotated[
        Seconds, about("Seconds between two looks of a console for its watcher.")
    ] = 2
    watcher_grace_seconds: Annotated[
        Seconds, about("A watcher whose last console has gone ends after so long.")
    ] = 20
    request_seconds: Annotated[
        Seconds, about("A request that no watcher takes within this time expires.")
    ] = 15
    signal_patience_seconds: Annotated[
        Seconds, about("Seconds to watch whether a cancelled query or ended session obeys.")
    ] = 3
    backups_seconds: Annotated[
        Seconds, about("Seconds between two looks at what the store knows of backups.")
    ] = 10
    maintenance_seconds: Annotated[
        Seconds, about("Seconds between two clearings of what the store keeps.")
    ] = 300
    log_bytes: Annotated[
        int, Meta(ge=10_000), about("Size at which a watcher's log starts a new file.")
    ] = 1_000_000


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that a config file can say."""

    servers: dict[str, ServerSettings] = field(default_factory=dict)
    repositories: dict[str, RepositorySettings] = field(default_factory=dict)
    console: ConsoleSettings = ConsoleSettings()
    collect: CollectSettings = CollectSettings()
    thresholds: ThresholdSettings = ThresholdSettings()
    store: StoreSettings = StoreSettings()
    engine: EngineSettings = EngineSettings()
    backup: BackupSettings = field(default_factory=BackupSettings)
    dump: DumpSettings = field(default_factory=DumpSettings)
    retention: RetentionSettings = field(default_factory=RetentionSettings)
    verify: VerifySettings = field(default_factory=VerifySettings)
    encryption: EncryptionSettings = field(default_factory=EncryptionSettings)
    keys: dict[str, KeySettings] = field(default_factory=dict)
    schedules: tuple[ScheduleSettings, ...] = ()
    scheduler: SchedulerSettings = field(default_factory=SchedulerSettings)
    jobs: JobSettings = field(default_factory=JobSettings)
