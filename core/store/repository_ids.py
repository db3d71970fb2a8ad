"""Which repository it was that had a server's backups under a name, and which is in a place."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import delete, select

from core.store.catalog_tables import repository_identity, repository_seen
from core.store.database import Database


class Seat(NamedTuple):
    """Where a repository is; ``host`` is empty for a bucket, which is the same from everywhere."""

    host: str
    place: str


class RepositoryIds:
    """The ids of repositories, by server and name: two hosts may call different folders alike.

    And by their places, which tell of a repository also where a server has no backup in it yet.
    """

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

    def users(self, repository_id: str) -> tuple[tuple[str, str], ...]:
        """The servers whose backups are in that repository, each with the name it has there."""
        columns = repository_identity.c
        wanted = select(columns.server_id, columns.repository).where(
            columns.repository_id == repository_id
        )
        with self._database.reading() as connection:
            return tuple((row.server_id, row.repository) for row in connection.execute(wanted))

    def seen_at(self, seat: Seat) -> str | None:
        """The id of the repository that was found there; ``None`` where none was."""
        seen = repository_seen.c
        wanted = select(seen.repository_id).where(seen.host == seat.host, seen.place == seat.place)
        with self._database.reading() as connection:
            found: str | None = connection.execute(wanted).scalar()
        return found

    def seats(self, repository_id: str) -> tuple[Seat, ...]:
        """Where that repository was found, on each host that has it."""
        seen = repository_seen.c
        wanted = (
            select(seen.host, seen.place)
            .where(seen.repository_id == repository_id)
            .order_by(seen.host, seen.place)
        )
        with self._database.reading() as connection:
            return tuple(Seat(*row) for row in connection.execute(wanted))

    def see(self, seat: Seat, repository_id: str) -> None:
        """Note that the repository is there, and for this host in no other place."""
        if self.seen_at(seat) == repository_id:
            return
        seen, values = repository_seen.c, {"repository_id": repository_id}
        with self._database.writing() as connection:
            connection.execute(
                delete(repository_seen).where(
                    seen.repository_id == repository_id, seen.host == seat.host
                )
            )
            connection.execute(
                self._database.insert(repository_seen)
                .values(host=seat.host, place=seat.place, **values)
                .on_conflict_do_update(index_elements=["host", "place"], set_=values)
            )

    def leave(self, seat: Seat) -> None:
        """Whatever is found there next is not compared with what was there."""
        seen = repository_seen.c
        with self._database.writing() as connection:
            connection.execute(
                delete(repository_seen).where(seen.host == seat.host, seen.place == seat.place)
            )
