"""What a role may see on a server, what each missing piece costs, and the statement that mends it.

Pure: findings in, report out. ``examine`` is the one effect: it asks the server.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import replace

from core.model.capability import Capability, CapabilityReport, CapabilityStatus
from core.model.server import Platform
from core.model.versions import NEWEST, OLDEST, is_newer
from core.postgres.capabilities import Capabilities, probe
from core.postgres.password_file import ignored_password_file
from core.postgres.session import Session
from core.postgres.stat_statements import StatStatements, locate, obstacle
from core.postgres.target import Target
from core.postgres.tls_files import missing_tls_files

_PRESENT = CapabilityStatus.PRESENT
_PARTIAL = CapabilityStatus.PARTIAL
_MISSING = CapabilityStatus.MISSING
_NOT_APPLICABLE = CapabilityStatus.NOT_APPLICABLE


async def examine(session: Session) -> CapabilityReport:
    """Ask the server what the role may do there.

    Raises:
        SessionLostError: the connection is gone.
        QuestionError: the server refused to say.
    """
    capabilities = await probe(session)
    extension, _ = await locate(session)
    found = report(session.target.display, capabilities, extension)
    own = (*_password_file(session.target), *_tls_files(session.target))
    name = session.target.name
    return replace(found, name=name, capabilities=(*found.capabilities, *own))


def report(server: str, found: Capabilities, extension: StatStatements) -> CapabilityReport:
    """Everything that decides what pgvigil can show, the weightiest first."""
    return CapabilityReport(
        server=server,
        role=found.role,
        version=found.version,
        in_recovery=found.in_recovery,
        capabilities=(
            _sessions(found),
            _statements(found, extension),
            _hidden_texts(found),
            _settings(found),
            _signals(found),
            _activities(found),
            _query_ids(found),
            _io_timing(found),
            _reserved_slots(found),
            _direct_connection(found),
            *_unknown_version(found),
        ),
    )


def _sessions(found: Capabilities) -> Capability:
    name = "other roles' sessions (pg_monitor)"
    if found.read_all_stats:
        return Capability(name, _PRESENT)
    return Capability(
        name,
        _MISSING,
        "the states, queries, addresses and locks of other roles' sessions are hidden",
        found.to_grant("pg_monitor"),
    )


def _statements(found: Capabilities, extension: StatStatements) -> Capability:
    name = "statement statistics (pg_stat_statements)"
    why_not = obstacle(extension, found)
    if why_not is None:
        return Capability(name, _PRESENT)
    return Capability(
        name, _MISSING, f"slow queries can't be shown: {why_not.reason}", why_not.remedy
    )


def _hidden_texts(found: Capabilities) -> Capability:
    name = "other roles' statements (pg_read_all_stats)"
    if found.read_all_stats:
        return Capability(name, _PRESENT)
    return Capability(
        name,
        _MISSING,
        "the statements of other roles are hidden, and the sizes of databases that the role can't"
        " connect to",
        found.to_grant("pg_monitor"),
    )


def _settings(found: Capabilities) -> Capability:
    name = "all settings (pg_read_all_settings)"
    if found.read_all_settings:
        return Capability(name, _PRESENT)
    return Capability(
        name,
        _PARTIAL,
        "settings that only superusers see are left out, as shared_preload_libraries",
        found.to_grant("pg_monitor"),
    )


def _signals(found: Capabilities) -> Capability:
    name = "cancel queries, end sessions (pg_signal_backend)"
    if found.superuser:
        return Capability(name, _PRESENT)
    if found.signal_backend:
        return Capability(name, _PARTIAL, "not those of superusers")
    return Capability(
        name,
        _PARTIAL,
        "only queries and sessions of the role's own can be cancelled and ended",
        found.to_grant("pg_signal_backend"),
    )


def _activities(found: Capabilities) -> Capability:
    name = "track_activities"
    if found.track_activities:
        return Capability(name, _PRESENT)
    return Capability(
        name,
        _MISSING,
        "no session shows its state or its query",
        _set(found, "track_activities", "on"),
    )


def _query_ids(found: Capabilities) -> Capability:
    name = "compute_query_id"
    if not found.compute_query_id:
        return Capability(name, _NOT_APPLICABLE, "PostgreSQL 14 brought it")
    if found.compute_query_id != "off":
        return Capability(name, _PRESENT)
    return Capability(
        name,
        _PARTIAL,
        "running queries can't be tied to their statistics, and pg_stat_statements may stay empty",
        _set(found, "compute_query_id", "auto"),
    )


def _io_timing(found: Capabilities) -> Capability:
    name = "track_io_timing"
    if found.track_io_timing:
        return Capability(name, _PRESENT)
    return Capability(
        name,
        _PARTIAL,
        "how long statements wait for reading and writing is not measured",
        _set(found, "track_io_timing", "on"),
    )


def _reserved_slots(found: Capabilities) -> Capability:
    name = "a way in when every slot is taken"
    if found.superuser:
        return Capability(name, _PRESENT)
    cost = "a watcher that starts while all slots are taken can't connect"
    if found.use_reserved_connections is None:
        return Capability(name, _PARTIAL, f"{cost} (before PostgreSQL 16 only a superuser can)")
    if found.use_reserved_connections and found.slots.reserved > 0:
        return Capability(name, _PRESENT)
    steps = []
    if not found.use_reserved_connections:
        steps.append(found.to_grant("pg_use_reserved_connections"))
    if found.slots.reserved == 0:
        setting = _set(found, "reserved_connections", "2", restart=True)
        steps.append(f"on this standby: {setting}" if found.in_recovery else setting)
    return Capability(name, _PARTIAL, cost, "; ".join(steps))


def _direct_connection(found: Capabilities) -> Capability:
    name = "a connection without a pooler"
    if not found.via_pooler:
        return Capability(name, _PRESENT)
    return Capability(
        name,
        _PARTIAL,
        "through a pooler no slot is held for pgvigil, the pooler's waiting clients are not seen,"
        " and each question carries its settings with it",
        "give pgvigil the server's own host and port",
    )


def _password_file(target: Target) -> Iterator[Capability]:
    if (path := ignored_password_file(target)) is not None:
        yield Capability(
            "libpq's password file",
            _PARTIAL,
            f"libpq ignores {path}: its mode lets others than its owner at it",
            f"chmod 600 {shlex.quote(str(path))}",
        )


def _tls_files(target: Target) -> Iterator[Capability]:
    for key, path in missing_tls_files(target):
        in_dsn = f"write the whole path: in a connection string libpq takes ~ of {key} as it stands"
        yield Capability(
            f"the file of {key}",
            _PARTIAL,
            f"there is no file {path}: pgvigil connected without it",
            in_dsn if path.startswith("~") else f"put it there, or name the right file as {key}",
        )


def _unknown_version(found: Capabilities) -> Iterator[Capability]:
    if is_newer(found.version_num):
        yield Capability(
            f"PostgreSQL {found.major}",
            _PARTIAL,
            f"this pgvigil knows PostgreSQL {OLDEST} to {NEWEST} and asks as it would {NEWEST};"
            " what is refused is shown as unknown",
            "install a newer pgvigil",
        )


def _set(found: Capabilities, name: str, value: str, *, restart: bool = False) -> str:
    match found.platform:
        case Platform.SELF_HOSTED:
            then = "restart PostgreSQL" if restart else "SELECT pg_reload_conf()"
            return f"ALTER SYSTEM SET {name} = {value}; {then}"
        case Platform.RDS:
            where = "the DB parameter group"
        case Platform.AURORA:
            where = "the DB cluster parameter group"
        case Platform.CLOUD_SQL:
            where = "the instance's database flags"
        case Platform.AZURE:
            where = "the server parameters"
        case Platform.SUPABASE:
            where = "the project's Postgres configuration (supabase postgres-config update)"
        case Platform.NEON:
            where = "the project's settings, as far as Neon allows"
    then = ", restart" if restart else ""
    return f"set {name} = {value} in {where}{then}"
