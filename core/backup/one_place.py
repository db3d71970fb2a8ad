"""Two names of one repository: a backup that is there under both is there once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from core.backup import identity
from core.backup.recognised import seat_of
from core.backup.repository.protocol import Repository
from core.config.repository_settings import RepositorySettings
from core.errors import ForeignRepositoryError
from core.model.backup import CatalogEntry, CopyState
from core.store.catalog import Catalog

_THERE = frozenset({CopyState.COMPLETE, CopyState.DAMAGED})


class SamePlaceError(ForeignRepositoryError):
    """The repository is one that has another name too."""


def same_place(name: str, other: str, repository_id: str) -> SamePlaceError:
    """What to say of ``name``, which has the id of ``other``."""
    return SamePlaceError(
        f"{name} is the repository {other} by another name",
        why=f"both have the id {repository_id}: a symbolic link, a mount or another address leads"
        " to the same place, and what is in both would count as two copies",
        remedy=f"give {name} a place of its own, or take it out of the config; where somebody made"
        f" it as a copy of {other} in another place: delete pgvigil-repository.json in {name}",
    )


def check_single(
    repository: Repository,
    catalog: Catalog,
    server: str,
    *,
    entries: Iterable[CatalogEntry],
    configured: Mapping[str, RepositorySettings],
) -> None:
    """See that the config has no other name for the repository under which it was seen before.

    What counted as the server's copies under this name counts no more where the other one has them.

    Raises:
        SamePlaceError: it has.
        NewerFormatError, DamagedArtifactError, RepositoryError: its id can't be read.
        StoreError: the store can't be used.
    """
    here = identity.check_format(repository)
    name, ids = repository.name, catalog.repository_ids
    noted = ids.get(server, name)
    if not here or (noted and noted != here):
        return  # not the repository that it was: that is another matter
    other = _other_name(repository, catalog, here, configured)
    if not other:
        return
    for entry in entries:
        there = {copy.repository for copy in entry.copies if copy.state in _THERE}
        if {name, other} <= there:
            catalog.drop_copy(entry.backup_id, name)
    if noted:
        ids.forget(server, name)
    raise same_place(name, other, here)


def _other_name(
    repository: Repository,
    catalog: Catalog,
    here: str,
    configured: Mapping[str, RepositorySettings],
) -> str:
    """The name under which it was seen; of two with the very same place the first one counts."""
    own = seat_of(repository.settings)
    is_before = True
    for name, settings in configured.items():
        if name == repository.name:
            is_before = False
            continue
        seat = seat_of(settings)
        if seat == own:
            if is_before:
                return name
        elif catalog.repository_ids.seen_at(seat) == here:
            return name
    return ""
