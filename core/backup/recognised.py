"""Whether a repository is the one that the catalog means, not an empty or another one instead.

A disk that is not mounted leaves an empty folder, and a wrong prefix finds nothing in a bucket.
Whoever took that for the repository would write to the wrong place, and hold every backup for lost.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from core.backup import identity
from core.backup.repository.protocol import Repository
from core.errors import ForeignRepositoryError
from core.model.backup import CatalogEntry, CopyState
from core.store.catalog import Catalog

_THERE = frozenset({CopyState.COMPLETE, CopyState.DAMAGED})


class OtherRepositoryError(ForeignRepositoryError):
    """What is there is not the repository that was there before."""


def recognise(
    repository: Repository,
    catalog: Catalog,
    server: str,
    *,
    entries: Iterable[CatalogEntry],
    present: Collection[str],
) -> None:
    """See that it is the repository in which ``entries``, the server's backups, have their copies.

    ``present`` are the ids of the backups that are there now. At first sight its id is noted.

    Raises:
        OtherRepositoryError: it is another one, or none, and copies are known.
        NewerFormatError, DamagedArtifactError, RepositoryError: its id can't be read.
        StoreError: the store can't be used.
    """
    here, ids = identity.check_format(repository), catalog.repository_ids
    noted = ids.get(server, repository.name)
    if here:
        if not noted:
            ids.note(server, repository.name, here)
        elif noted != here:
            raise _other(repository, server, f"its id is {here}; that of the one before is {noted}")
        return
    if noted == "":
        return
    known = {
        entry.backup_id
        for entry in entries
        for copy in entry.copies
        if copy.repository == repository.name and copy.state in _THERE
    }
    if not known:
        ids.forget(server, repository.name)
    elif known.isdisjoint(present):
        raise _other(
            repository,
            server,
            f"no repository is there, and {len(known)} of its backups should be in it: its disk"
            " is not mounted, or its path is another one",
        )


def remember(repository: Repository, catalog: Catalog, server: str) -> None:
    """Note the id of a repository that has just got a backup.

    Raises:
        DamagedArtifactError, RepositoryError: it can't be read.
        StoreError: the store can't be used.
    """
    if here := identity.check_format(repository):
        catalog.repository_ids.note(server, repository.name, here)


def name_again(repository: Repository, catalog: Catalog, server: str) -> None:
    """Write the repository's id where it was lost, so that no other one is made up.

    Raises:
        DamagedArtifactError, RepositoryError: it can't be read or written.
        StoreError: the store can't be used.
    """
    noted = catalog.repository_ids.get(server, repository.name)
    if noted and not identity.check_format(repository):
        identity.write_id(repository, noted)


def accept(repository: Repository, catalog: Catalog) -> None:
    """Have whatever is there count as the repository of its name from now on.

    Raises:
        StoreError: the store can't be used.
    """
    for server in catalog.servers():
        catalog.repository_ids.note(server, repository.name, "")


def _other(repository: Repository, server: str, why: str) -> OtherRepositoryError:
    name = repository.name
    return OtherRepositoryError(
        f"{name} is not the repository that has the backups of {server}",
        why=why,
        remedy=f"mount it, or put its place in the config right; where this one is to take its"
        f" place: pgvigil backup import {name}",
    )
