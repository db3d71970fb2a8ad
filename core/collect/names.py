"""The names of roles and databases by their oid, asked for again when one is new."""

from __future__ import annotations

from collections.abc import Iterable

from core.collect.statement_files import server_sql
from core.postgres.session import Answer, Session


class Names:
    """What the oids in statistics stand for."""

    def __init__(self) -> None:
        self._roles: dict[int, str] = {}
        self._databases: dict[int, str] = {}

    def role(self, oid: int) -> str:
        """The role's name; its oid in words where it was dropped."""
        return self._roles.get(oid) or f"role {oid} (dropped)"

    def database(self, oid: int) -> str:
        """The database's name; its oid in words where it was dropped."""
        return self._databases.get(oid) or f"database {oid} (dropped)"

    def lack(self, roles: Iterable[int], databases: Iterable[int]) -> bool:
        """Whether one of these was never asked for."""
        return not (self._roles.keys() >= set(roles) and self._databases.keys() >= set(databases))

    async def renew(
        self, session: Session, major: int, roles: Iterable[int], databases: Iterable[int]
    ) -> Answer:
        """Ask for all names; those of the given oids that are not there are not asked for again."""
        answer = await session.ask(server_sql("names", major))
        self._roles = dict.fromkeys(roles, "")
        self._databases = dict.fromkeys(databases, "")
        for kind, oid, name in answer.rows:
            (self._roles if kind == "role" else self._databases)[oid] = name
        return answer
