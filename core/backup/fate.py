"""What a repository says of a backup's fate, taken over into the catalog."""

from __future__ import annotations

from core.backup.markers import read_expiry, read_protection
from core.backup.repository.protocol import Repository
from core.errors import PgvigilError
from core.model.backup import CatalogEntry, CopyState
from core.store.catalog import Catalog


def take_over(
    repository: Repository,
    catalog: Catalog,
    server: str,
    backup_id: str,
    entry: CatalogEntry | None,
    *,
    is_protected: bool,
    has_expired: bool,
    was_restored: bool,
) -> None:
    """Note whether a person keeps a backup, a restore has proven it, its copy there has expired.

    ``entry`` is what the catalog had of it, the last three say which marks are there. That nobody
    keeps it is believed where no other copy may say otherwise; of other copies' expiry nothing is
    noted.

    Raises:
        PgvigilError: since when it has expired can't be read.
        StoreError: the catalog can't be written.
    """
    name, copies = repository.name, entry.copies if entry else ()
    kept = entry.kept_because if entry else ""
    is_only = all(e.repository == name or e.state is CopyState.MISSING for e in copies)
    if is_protected and not kept:
        catalog.protect(backup_id, _reason(repository, server, backup_id))
    elif kept and not is_protected and is_only:
        catalog.unprotect(backup_id)
    if was_restored and not (entry and entry.was_restored):
        catalog.proofs.note(backup_id)
    was_expired = any(e.repository == name and e.expired_at for e in copies)
    is_expired = has_expired and not is_protected
    if is_expired and not was_expired:
        at = read_expiry(repository, server, backup_id)
        if at is not None:
            catalog.expire([backup_id], at, repository=name)
    elif was_expired and not is_expired:
        catalog.revive([backup_id], repository=name)


def _reason(repository: Repository, server: str, backup_id: str) -> str:
    """Why it is protected; a reason that can't be read protects all the same."""
    try:
        protection = read_protection(repository, server, backup_id)
    except PgvigilError as error:
        return f"(the reason can't be read: {error.what})"
    return protection.reason if protection and protection.reason else "(no reason was given)"
