"""Which repository it was that had a server's backups under a name of the config."""

from __future__ import annotations

from sqlalchemy import delete, select

from core.store.catalog_tables import repository_identity
from core.store.database import Database


class RepositoryIds:
    """The ids of repositories, by server and name: two hosts may call different folders alike."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, server_id: str, repository: str) -> str | None:
        """The id that was noted; empty where whichever is there shall count; ``None`` without."""
        columns = repository_identity.c
        wanted = select(columns.repository_id).where(
            columns.server_id == server_id, columns.repository == repository
        )
        with self._database.reading() as connection:
            found: str | None = connection.execute(wanted).scalar()
        return found

    def note(self, server_id: str, repository: str, repository_id: str) -> None:
        """Note the id; empty: the one that is found there next."""
        values = {"repository_id": repository_id}
        with self._database.writing() as connection:
            connection.execute(
                self._database.insert(repository_identity)
                .values(server_id=server_id, repository=repository, **values)
                .on_conflict_do_update(index_elements=["server_id", "repository"], set_=values)
            )

    def forget(self, server_id: str, repository: str) -> None:
        """Nothing is known of it any more."""
        columns = repository_identity.c
        with self._database.writing() as connection:
            connection.execute(
                delete(repository_identity).where(
                    columns.server_id == server_id, columns.repository == repository
                )
            )
