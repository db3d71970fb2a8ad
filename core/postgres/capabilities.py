"""What a server is and what the role may do there: asked once for each connection."""

from __future__ import annotations

from dataclasses import dataclass

from core.model.server import ConnectionSlots, Platform
from core.postgres.session import Session
from core.postgres.text import visible_identifier

_PROBE = b"""
SELECT /* pgvigil capabilities */
    pg_catalog.current_setting('server_version_num')::pg_catalog.int4,
    pg_catalog.current_setting('server_version'),
    current_user::pg_catalog.text,
    pg_catalog.quote_ident(current_user),
    pg_catalog.current_setting('is_superuser') = 'on',
    pg_catalog.pg_is_in_recovery(),
    pg_catalog.current_setting('max_connections')::pg_catalog.int4,
    pg_catalog.current_setting('superuser_reserved_connections')::pg_catalog.int4,
    coalesce(pg_catalog.current_setting('reserved_connections', true), '0')::pg_catalog.int4,
    pg_catalog.pg_has_role('pg_read_all_stats', 'USAGE'),
    pg_catalog.pg_has_role('pg_read_all_settings', 'USAGE'),
    pg_catalog.pg_has_role('pg_signal_backend', 'USAGE'),
    (SELECT pg_catalog.pg_has_role(oid, 'USAGE') FROM pg_catalog.pg_roles
        WHERE rolname = 'pg_use_reserved_connections'),
    pg_catalog.current_setting('track_activities') = 'on',
    pg_catalog.current_setting('track_io_timing') = 'on',
    pg_catalog.current_setting('compute_query_id', true),
    pg_catalog.to_regproc('pg_catalog.aurora_version') IS NOT NULL,
    ARRAY(SELECT rolname::pg_catalog.text FROM pg_catalog.pg_roles WHERE rolname IN (
        'rds_superuser', 'supabase_admin', 'neon_superuser', 'cloudsqlsuperuser', 'azure_pg_admin'
    )),
    (SELECT rolinherit FROM pg_catalog.pg_roles WHERE rolname = current_user),
    ARRAY(SELECT granted.rolname::pg_catalog.text
        FROM pg_catalog.pg_auth_members AS membership
        JOIN pg_catalog.pg_roles AS granted ON granted.oid = membership.roleid
        JOIN pg_catalog.pg_roles AS role ON role.oid = membership.member
        WHERE role.rolname = current_user
            AND pg_catalog.starts_with(granted.rolname::pg_catalog.text, 'pg_'))
"""

_INHERITED_BY_MEMBERSHIP = 16
"""The major version from which each membership says for itself whether it is inherited."""

_PLATFORM_ROLES = {
    "rds_superuser": Platform.RDS,
    "supabase_admin": Platform.SUPABASE,
    "neon_superuser": Platform.NEON,
    "cloudsqlsuperuser": Platform.CLOUD_SQL,
    "azure_pg_admin": Platform.AZURE,
}


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What was found out about a server, and about what the role may do there.

    Privileges are those that the role can use without SET ROLE. ``role_quoted`` can stand in SQL.
    ``use_reserved_connections`` is ``None`` before PostgreSQL 16, which brought that role;
    ``compute_query_id`` is empty before 14. ``inherits`` is the role's own INHERIT, ``member_of``
    the predefined roles that were granted to it, whether it can use them without SET ROLE or not.
    """

    version_num: int
    version: str
    role: str
    role_quoted: str
    superuser: bool
    in_recovery: bool
    slots: ConnectionSlots
    platform: Platform
    via_pooler: bool
    read_all_stats: bool
    read_all_settings: bool
    signal_backend: bool
    use_reserved_connections: bool | None
    track_activities: bool
    track_io_timing: bool
    compute_query_id: str
    inherits: bool = True
    member_of: frozenset[str] = frozenset()

    @property
    def major(self) -> int:
        """The major version: 18 of 180001."""
        return self.version_num // 10_000

    def granting(self, role: str) -> tuple[str, ...]:
        """The statements after which pgvigil's role can use what the predefined ``role`` may.

        A membership alone is not enough where it isn't inherited: before PostgreSQL 16 that is the
        member's own INHERIT, from then on an option of each membership.
        """
        grant = f"GRANT {role} TO {self.role_quoted}"
        if self.inherits and role not in self.member_of:
            return (grant,)
        if self.major >= _INHERITED_BY_MEMBERSHIP:
            return (f"{grant} WITH INHERIT TRUE",)
        inherit = f"ALTER ROLE {self.role_quoted} INHERIT"
        return (inherit,) if role in self.member_of else (grant, inherit)

    def to_grant(self, role: str) -> str:
        """The same as a remedy, which says where each is to be run."""
        return "; ".join(map(self.where_written, self.granting(role)))

    def where_written(self, statement: str) -> str:
        """A statement that writes to a catalog, as a remedy: a standby gets that from its primary.

        ALTER SYSTEM is none of these: it writes the server's own postgresql.auto.conf.
        """
        return f"on the primary: {statement}" if self.in_recovery else statement


async def probe(session: Session) -> Capabilities:
    """Ask what the server and the role allow.

    Raises:
        SessionLostError: the connection is gone.
        QuestionError: the server refused to say.
    """
    (row,) = (await session.ask(_PROBE)).rows
    (
        version_num, version, role, role_quoted, superuser, in_recovery,
        max_connections, superuser_reserved, reserved,
        read_all_stats, read_all_settings, signal_backend, use_reserved,
        track_activities, track_io_timing, compute_query_id, is_aurora, platform_roles,
        inherits, member_of,
    ) = row  # fmt: skip
    return Capabilities(
        version_num=version_num,
        version=version,
        role=role,
        role_quoted=visible_identifier(role_quoted),
        superuser=superuser,
        in_recovery=in_recovery,
        slots=ConnectionSlots(max_connections, superuser_reserved, reserved),
        platform=platform_of(is_aurora=is_aurora, roles=platform_roles),
        via_pooler=session.via_pooler,
        read_all_stats=read_all_stats,
        read_all_settings=read_all_settings,
        signal_backend=signal_backend,
        use_reserved_connections=use_reserved,
        track_activities=track_activities,
        track_io_timing=track_io_timing,
        compute_query_id=compute_query_id or "",
        inherits=inherits,
        member_of=frozenset(member_of),
    )


def platform_of(*, is_aurora: bool, roles: list[str]) -> Platform:
    """Who runs a server that has these of the platforms' own roles."""
    if is_aurora:
        return Platform.AURORA
    return next(
        (platform for role, platform in _PLATFORM_ROLES.items() if role in roles),
        Platform.SELF_HOSTED,
    )
