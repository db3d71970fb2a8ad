"""Who the server is: version, role in replication, age, settings, identity."""

from __future__ import annotations

from datetime import UTC, datetime

from core.collect.collector import Bill, Reading, unknown_when_refused
from core.collect.redact import redact
from core.collect.statement_files import server_sql
from core.config.settings import CollectSettings, Pace
from core.model.server import ConnectionSlots, ServerInfo
from core.model.snapshot import Subject
from core.model.unknown import Unknown
from core.postgres.capabilities import Capabilities
from core.postgres.failure import QuestionError
from core.postgres.session import Row, Session

_SETTINGS = [
    "archive_mode", "archive_command", "archive_library", "autovacuum",
    "checkpoint_timeout", "compute_query_id", "data_checksums", "default_transaction_isolation",
    "effective_cache_size", "fsync", "full_page_writes", "hot_standby_feedback",
    "idle_in_transaction_session_timeout", "idle_session_timeout", "jit", "lock_timeout",
    "log_connections", "log_destination", "log_lock_waits", "log_min_duration_statement",
    "logging_collector", "maintenance_work_mem", "max_connections", "max_wal_size",
    "max_worker_processes", "password_encryption", "pg_stat_statements.max",
    "pg_stat_statements.track", "reserved_connections", "row_security", "server_encoding",
    "shared_buffers", "shared_preload_libraries", "ssl", "statement_timeout",
    "superuser_reserved_connections", "synchronous_commit", "synchronous_standby_names",
    "TimeZone", "track_activities", "track_activity_query_size", "track_io_timing", "wal_level",
    "work_mem",
]  # fmt: skip


class ServerCollector:
    """Asks the server about itself."""

    subject = Subject.SERVER

    def __init__(self, capabilities: Capabilities) -> None:
        self._capabilities = capabilities
        self._system_identifier: str | Unknown | None = None

    def pace(self, settings: CollectSettings) -> Pace:
        """How often the question is put."""
        return settings.server

    @unknown_when_refused
    async def collect(self, session: Session, _now: datetime) -> Reading:
        """Describe the server."""
        bill = Bill()
        major = self._capabilities.major
        answer = bill.add(
            await session.ask(
                server_sql("server", major) + b";" + server_sql("settings", major),
                {"names": _SETTINGS},
            )
        )
        if self._system_identifier is None:
            self._system_identifier = await self._identify(session, bill)
        (row,), settings = answer.results
        return bill.reading(
            _server_info(
                row,
                {name: redact(value) for name, value in settings},
                self._system_identifier,
                self._capabilities,
            )
        )

    async def _identify(self, session: Session, bill: Bill) -> str | Unknown:
        try:
            sql = server_sql("system_identifier", self._capabilities.major)
            return str(bill.add(await session.ask(sql)).rows[0][0])
        except QuestionError as error:
            return Unknown(
                error.what,
                self._capabilities.where_written(
                    "GRANT EXECUTE ON FUNCTION pg_catalog.pg_control_system()"
                    f" TO {self._capabilities.role_quoted}"
                ),
            )


def _server_info(
    row: Row, settings: dict[str, str], identifier: str | Unknown, capabilities: Capabilities
) -> ServerInfo:
    (
        version_num, version, in_recovery, started_at, server_time, database, role, superuser,
        max_connections, superuser_reserved, reserved, cluster_name,
    ) = row  # fmt: skip
    return ServerInfo(
        version_num=version_num,
        version=version,
        in_recovery=in_recovery,
        started_at=datetime.fromtimestamp(started_at, UTC),
        server_time=datetime.fromtimestamp(server_time, UTC),
        system_identifier=identifier,
        database=database,
        role=role,
        superuser=superuser,
        slots=ConnectionSlots(max_connections, superuser_reserved, reserved),
        platform=capabilities.platform,
        via_pooler=capabilities.via_pooler,
        cluster_name=cluster_name,
        settings=settings,
    )
