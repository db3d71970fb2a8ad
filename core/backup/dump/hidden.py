"""What pg_dump leaves out without a word, because the role may not see it."""

from __future__ import annotations

from core.backup.dump.endpoint import Connection
from core.model.backup import BackupKind, Selection

_TOLD = 5

# Where pg_user_mappings shows no options: the condition is that view's own.
_HIDDEN = """
SELECT m.umid, pg_catalog.format('%s on %s', m.usename, m.srvname)
  FROM pg_catalog.pg_user_mappings AS m
  JOIN pg_catalog.pg_foreign_server AS s ON s.oid = m.srvid
 WHERE m.umoptions IS NULL
   AND NOT (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user)
   AND NOT CASE WHEN m.umuser = 0 THEN pg_catalog.pg_has_role(s.srvowner, 'USAGE')
                ELSE m.usename = current_user
                     AND (pg_catalog.pg_has_role(s.srvowner, 'USAGE')
                          OR pg_catalog.has_server_privilege(s.oid, 'USAGE')) END
 ORDER BY 2
"""
_MAY_LOOK = "SELECT pg_catalog.has_table_privilege('pg_catalog.pg_user_mapping', 'SELECT')"
_WITH_OPTIONS = "SELECT oid FROM pg_catalog.pg_user_mapping WHERE umoptions IS NOT NULL"


def hidden_from(connection: Connection, kind: BackupKind, selection: Selection) -> tuple[str, ...]:
    """Of what a dump of ``kind`` is to hold, what the role does not see, in sentences.

    These are user mappings' options. Subscriptions are left out too, and pg_dump says so itself.
    """
    if kind is BackupKind.DATA or selection.schemas or selection.tables:
        return ()
    hidden = connection.execute(_HIDDEN).fetchall()
    if hidden and connection.execute(_MAY_LOOK).fetchall()[0][0]:
        # pg_read_all_data sees them there, and pg_dump does not look there.
        having = {row[0] for row in connection.execute(_WITH_OPTIONS).fetchall()}
        hidden = [row for row in hidden if row[0] in having]
    if not hidden:
        return ()
    names = ", ".join(row[1] for row in hidden[:_TOLD])
    more = f" and {len(hidden) - _TOLD} more" if len(hidden) > _TOLD else ""
    return (
        f"the options of user mappings (user, password) are not in it: {names}{more};"
        f" the role {connection.info.user} may not see them",
    )
