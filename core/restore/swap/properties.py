"""What belongs to a database itself: owner, rights, settings, limits, comment.

An archive has them, too, but as of the backup (``core.restore.archive.own``): who takes a live
database's place is given those of that one, which may have been changed since.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import sql

from core.restore.target.state import Connection

_DATABASE = """
SELECT pg_catalog.pg_get_userbyid(d.datdba), t.spcname, d.datconnlimit, d.datistemplate,
       pg_catalog.shobj_description(d.oid, 'pg_database'), d.datacl IS NULL, d.oid
  FROM pg_catalog.pg_database AS d JOIN pg_catalog.pg_tablespace AS t ON t.oid = d.dattablespace
 WHERE d.datname = %s
"""
_RIGHTS = """
SELECT CASE WHEN a.grantee = 0 THEN NULL ELSE pg_catalog.pg_get_userbyid(a.grantee) END,
       a.privilege_type, a.is_grantable
  FROM pg_catalog.pg_database AS d, pg_catalog.aclexplode(d.datacl) AS a
 WHERE d.datname = %s ORDER BY 1 NULLS FIRST, 2
"""
_SETTINGS = """
SELECT CASE WHEN s.setrole = 0 THEN NULL ELSE pg_catalog.pg_get_userbyid(s.setrole) END,
       pg_catalog.split_part(e.entry, '=', 1),
       pg_catalog.substr(e.entry, pg_catalog.strpos(e.entry, '=') + 1)
  FROM pg_catalog.pg_db_role_setting AS s
  JOIN pg_catalog.pg_database AS d ON d.oid = s.setdatabase,
       pg_catalog.unnest(s.setconfig) AS e (entry)
 WHERE d.datname = %s ORDER BY 1 NULLS FIRST, 2
"""
# These are lists of names, each quoted by itself: see variable_is_guc_list_quote in guc.h.
_LISTS = frozenset(
    {
        "local_preload_libraries",
        "search_path",
        "session_preload_libraries",
        "shared_preload_libraries",
        "temp_tablespaces",
        "unix_socket_directories",
    }
)


@dataclass(frozen=True, slots=True)
class Right:
    """A right on a database; ``role`` is ``None`` for everybody."""

    role: str | None
    privilege: str
    grantable: bool


@dataclass(frozen=True, slots=True)
class Setting:
    """What ALTER DATABASE … SET fixed, or ALTER ROLE … IN DATABASE … SET for one role."""

    role: str | None
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Properties:
    """A database's own properties; ``rights`` are ``None`` where nobody ever changed them."""

    oid: int
    owner: str
    tablespace: str
    connection_limit: int
    is_template: bool
    comment: str | None
    rights: tuple[Right, ...] | None
    settings: tuple[Setting, ...]


def read_properties(connection: Connection, name: str) -> Properties | None:
    """The properties of a database; ``None`` where there is none of that name.

    Raises:
        psycopg.Error: the server can't be asked.
    """
    row = connection.execute(_DATABASE, [name]).fetchone()
    if row is None:
        return None
    owner, tablespace, limit, is_template, comment, has_default_rights, oid = row
    rights = tuple(Right(*each) for each in connection.execute(_RIGHTS, [name]).fetchall())
    settings = tuple(Setting(*each) for each in connection.execute(_SETTINGS, [name]).fetchall())
    return Properties(
        oid, owner, tablespace, limit, is_template, comment,
        None if has_default_rights else rights, settings,
    )  # fmt: skip


def giving(properties: Properties, name: str, *, closed: str) -> tuple[sql.Composed, ...]:
    """What gives them to the database ``name``, all but its owner; ``closed`` is its comment yet.

    Its rights come last: with them others may connect again.
    """
    return (*_settings(properties.settings, name), *_limits(properties, name, closed))


def opening(properties: Properties, name: str) -> tuple[sql.Composed, ...]:
    """What gives it rights and comment, within the transaction that gives it its name."""
    return (*_rights(properties.rights, name), _commented(name, properties.comment))


def owned_by(properties: Properties, name: str) -> sql.Composed:
    """What gives it its owner."""
    return sql.SQL("ALTER DATABASE {} OWNER TO {}").format(
        sql.Identifier(name), sql.Identifier(properties.owner)
    )


def _limits(properties: Properties, name: str, closed: str) -> Iterator[sql.Composed]:
    database = sql.Identifier(name)
    if properties.connection_limit != -1:
        yield sql.SQL("ALTER DATABASE {} CONNECTION LIMIT {}").format(
            database, sql.Literal(properties.connection_limit)
        )
    if properties.is_template:
        yield sql.SQL("ALTER DATABASE {} IS_TEMPLATE true").format(database)
    yield _commented(name, closed)


def _commented(name: str, comment: str | None) -> sql.Composed:
    return sql.SQL("COMMENT ON DATABASE {} IS {}").format(
        sql.Identifier(name), sql.Literal(comment)
    )


def _settings(settings: Sequence[Setting], name: str) -> Iterator[sql.Composed]:
    for each in settings:
        parts: dict[str, Any] = {
            "database": sql.Identifier(name),
            "name": sql.SQL(".").join(sql.Identifier(part) for part in each.name.split(".")),
            "value": _value(each),
        }
        if each.role is None:
            yield sql.SQL("ALTER DATABASE {database} SET {name} TO {value}").format(**parts)
        else:
            statement = "ALTER ROLE {role} IN DATABASE {database} SET {name} TO {value}"
            yield sql.SQL(statement).format(role=sql.Identifier(each.role), **parts)


def _value(setting: Setting) -> sql.Composable:
    if setting.name not in _LISTS:
        return sql.Literal(setting.value)
    # pg_dumpall does the same: the stored text is a list of quoted names already.
    names = [each.strip() for each in setting.value.split(",")]
    plain = [each[1:-1].replace('""', '"') if each[:1] == '"' else each for each in names]
    return sql.SQL(", ").join(sql.Literal(each) for each in plain)


def _rights(rights: Sequence[Right] | None, name: str) -> Iterator[sql.Composed]:
    database = sql.Identifier(name)
    if rights is None:
        yield sql.SQL("GRANT CONNECT, TEMPORARY ON DATABASE {} TO PUBLIC").format(database)
        return
    yield sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database)
    for each in rights:
        to: sql.Composable = sql.SQL("PUBLIC") if each.role is None else sql.Identifier(each.role)
        further = " WITH GRANT OPTION" if each.grantable else ""
        statement = sql.SQL(f"GRANT {each.privilege} ON DATABASE {{}} TO {{}}{further}")
        yield statement.format(database, to)
