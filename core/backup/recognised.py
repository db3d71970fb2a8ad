"""Whether a repository is the one that the catalog means, not an empty or another one instead.

A disk that is not mounted leaves an empty folder, and a wrong prefix finds nothing in a bucket.
Whoever took that for the repository would write to the wrong place, and hold every backup for lost.
What is known of a server's backups tells it, and what was seen before in the same place, which
counts for every server.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from core.backup import identity, layout
from core.backup.repository.protocol import Repository
from core.config.repository_place import repository_place
from core.config.repository_settings import RepositorySettings
from core.errors import ForeignRepositoryError
from core.model.backup import CatalogEntry, CopyState
from core.store.catalog import Catalog
from core.store.local import host_name
from core.store.repository_ids import Seat

_THERE = frozenset({CopyState.COMPLETE, CopyState.DAMAGED})
_NOT_MOUNTED = "its disk is not mounted, or its path is another one"


class OtherRepositoryError(ForeignRepositoryError):
    """What is there is not the repository that was there before."""


def seat_of(settings: RepositorySettings) -> Seat:
    """Where the settings place a repository, as the store notes it."""
    place = repository_place(settings)
    return Seat("" if place.bucket else host_name(), str(place))


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
        if noted and noted != here:
            raise _other(repository, catalog, server, noted, f"its id is {here}, not {noted}")
        if not noted:
            _check_place(repository, catalog, here)
            ids.note(server, repository.name, here)
        ids.see(seat_of(repository.settings), here)
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
        _check_place(repository, catalog, here)
        if noted:
            ids.forget(server, repository.name)
    elif known.isdisjoint(present):
        why = f"no repository is there, and {len(known)} of its backups should be in it"
        raise _other(repository, catalog, server, noted or "", f"{why}: {_NOT_MOUNTED}")


def recognise_place(repository: Repository, catalog: Catalog) -> None:
    """See that what was seen in its place before is still there, whatever server is asked about.

    Raises:
        OtherRepositoryError: it is another one, or none, and copies are known.
        NewerFormatError, DamagedArtifactError, RepositoryError: its id can't be read.
        StoreError: the store can't be used.
    """
    _check_place(repository, catalog, identity.check_format(repository))


def remember(repository: Repository, catalog: Catalog, server: str) -> None:
    """Note the id of a repository that has just got a backup.

    Raises:
        DamagedArtifactError, RepositoryError: it can't be read.
        StoreError: the store can't be used.
    """
    if here := identity.check_format(repository):
        catalog.repository_ids.note(server, repository.name, here)
        catalog.repository_ids.see(seat_of(repository.settings), here)


def name_again(repository: Repository, catalog: Catalog, server: str) -> None:
    """Write the repository's id where it was lost, so that no other one is made up.

    Raises:
        DamagedArtifactError, RepositoryError: it can't be read or written.
        StoreError: the store can't be used.
    """
    noted = catalog.repository_ids.get(server, repository.name)
    if noted and not identity.check_format(repository):
        identity.write_id(repository, noted)


def claim_again(repository: Repository, catalog: Catalog, server: str) -> bool:
    """Write again whose backups the server's are, where that was lost; whether it was.

    To be called once the catalog is in line: what it knows to be there tells the cluster, so that
    no other one takes the name.

    Raises:
        ForeignRepositoryError: there are backups of several clusters.
        DamagedArtifactError, NewerFormatError, RepositoryError: it can't be read or written.
        StoreError: the catalog can't be read.
    """
    if identity.system_of(repository, server) is not None:
        return False
    there = {
        entry.system_identifier
        for entry in catalog.entries(server)
        for copy in entry.copies
        if copy.repository == repository.name and copy.state in _THERE
    }
    known = sorted(there - {""})
    if len(known) > 1:
        raise ForeignRepositoryError(
            f"The repository {repository.name} has the backups of several servers as {server}",
            why=f"{layout.server_file(server)}, which says whose they are, is gone; they are of the"
            f" systems {', '.join(known)}",
            remedy="move the folders of those that are not this server's out of it; pgvigil backup"
            " list --json says which those are",
        )
    if there:
        identity.claim(repository, server, "".join(known))
    return bool(there)


def accept(repository: Repository, catalog: Catalog, servers: Iterable[str]) -> None:
    """Have whatever is there count as the repository of its name from now on.

    That is for ``servers``, and for all that had their backups in the one that was there before:
    not for those that have them in another host's folder of the same name.

    Raises:
        StoreError: the store can't be used.
    """
    ids, name, seat = catalog.repository_ids, repository.name, seat_of(repository.settings)
    asked = frozenset(servers)
    before = {ids.seen_at(seat), *(ids.get(server, name) for server in asked)} - {None}
    for server in {*catalog.servers(), *asked}:
        if server in asked or ids.get(server, name) in before:
            ids.note(server, name, "")
    ids.leave(seat)


def _check_place(repository: Repository, catalog: Catalog, here: str) -> None:
    """See that the place has not lost a repository in which there are backups of any server."""
    ids, seat = catalog.repository_ids, seat_of(repository.settings)
    before = ids.seen_at(seat)
    if before is None or before == here:
        return
    for server, name in ids.users(before):
        known = sum(
            copy.repository == name and copy.state in _THERE
            for entry in catalog.entries(server)
            for copy in entry.copies
        )
        if known:
            found = f"another repository ({here})" if here else "no repository"
            why = f"{found} is there, and {known} of its backups should be in it: {_NOT_MOUNTED}"
            raise _other(repository, catalog, server, before, why)
    ids.leave(seat)


def _other(
    repository: Repository, catalog: Catalog, server: str, noted: str, why: str
) -> OtherRepositoryError:
    name, own = repository.name, seat_of(repository.settings)
    remedy = "mount it, or put its place in the config right"
    seats = catalog.repository_ids.seats(noted) if noted else ()
    elsewhere = [seat for seat in seats if seat.host and seat.host != own.host]
    if own.host and elsewhere and all(seat.host != own.host for seat in seats):
        host_of, place = elsewhere[0]
        why += f"; those were stored in {place} of the host {host_of}"
        remedy = (
            "hosts that share a store give each folder a name of its own:"
            f" [repositories.{name}-{own.host}]; or mount the same folder here"
        )
    return OtherRepositoryError(
        f"{name} is not the repository that has the backups of {server}",
        why=why,
        remedy=f"{remedy}; where this one is to take its place: pgvigil backup import {name}",
    )
