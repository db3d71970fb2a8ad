"""The server that a restore goes to, as it was found before anything is touched."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ExtensionThere:
    """A version of an extension that the server could create.

    ``trusted`` ones may be created by whoever may create in the database; the others want a
    superuser where ``superuser`` says so.
    """

    name: str
    version: str
    superuser: bool
    trusted: bool


@dataclass(frozen=True, slots=True)
class DatabaseThere:
    """A database of the server.

    ``bytes`` is ``None`` where the role may not know it, ``subscriptions`` where it may not see
    them. ``sessions`` are clients connected to it, ``prepared`` transactions that wait for their
    second phase, ``slots`` the names of logical replication slots in it. ``settings`` are what
    ALTER DATABASE … SET fixed, for everybody.
    """

    name: str
    owner: str
    encoding: str
    collation: str
    locale_provider: str
    tablespace: str
    bytes: int | None
    allows_connections: bool
    connection_limit: int
    is_template: bool
    sessions: int
    prepared: int
    slots: tuple[str, ...]
    subscriptions: int | None
    settings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TargetState:
    """What is there on the server.

    ``member_of`` are the roles as whose owner the connecting role may act, its own included.
    ``collations`` are the locales of the operating system that the server knows, ``has_icu`` says
    whether it knows ICU's. ``collation_names`` are its own collations, each with the encoding that
    it is for, which is empty where it is for any; ``later_collations`` those that one database got
    once the server was set up: others may lack them. ``preloaded`` libraries are ``None``,
    ``system_identifier`` is empty where the role may not know them. ``memberships`` are pairs of a
    role and a member of it.
    """

    server_version: int
    is_standby: bool
    role: str
    is_superuser: bool
    may_create_databases: bool
    may_create_roles: bool
    bypasses_row_security: bool
    member_of: frozenset[str]
    roles: frozenset[str]
    tablespaces: frozenset[str]
    extensions: tuple[ExtensionThere, ...]
    collations: frozenset[str]
    collation_names: frozenset[tuple[str, str]]
    later_collations: frozenset[str]
    has_icu: bool
    databases: tuple[DatabaseThere, ...]
    preloaded: tuple[str, ...] | None
    free_slots: int
    system_identifier: str
    memberships: frozenset[tuple[str, str]] | None = None

    def database(self, name: str) -> DatabaseThere | None:
        """The database of that name, where there is one."""
        return next((each for each in self.databases if each.name == name), None)
