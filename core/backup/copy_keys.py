"""Which key each copy in a repository is sealed with, and whether one at hand opens it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Event

from core.backup import layout
from core.backup.keys.ring import OpeningKeys
from core.backup.keys.wraps_file import Wraps
from core.backup.opened import read_wraps_of
from core.backup.progress import JobReporter
from core.backup.repository.problems import RepositoryUnreachableError
from core.backup.repository.protocol import Repository
from core.errors import PgvigilError
from core.model.backup import KEY_NOT_AT_HAND, CopyState
from core.store.catalog import Catalog
from core.store.copy_keys import CopyKey

_READERS = 8
"""Threads at once: a bucket needs patience."""


def look_at_keys(
    repository: Repository,
    catalog: Catalog,
    keys: OpeningKeys,
    server: str,
    *,
    written: Mapping[str, datetime],
    reporter: JobReporter,
) -> None:
    """Have the catalog know the key of each of a server's copies here, and those that are closed.

    ``written`` is when each backup's ``wraps.json`` was written: only those are read that another
    one was known of, or none. What can't be read tells nothing; a verification says why. A copy is
    closed that no key at hand opens, or that needs such a one: until one does, it can't be read.

    Raises:
        StoreError: the catalog can't be used.
        CancelledError: a person cancelled the job.
    """
    known = {each.backup_id: each for each in catalog.copy_keys.of(server, repository.name)}
    news = [
        backup_id
        for backup_id, at in written.items()
        if backup_id in known and known[backup_id].wraps_written_at != at
    ]
    found = _read(repository, server, news, reporter)
    if found:
        ids = {each: next(iter(sorted(wraps.key_ids)), "") for each, wraps in found.items()}
        catalog.copy_keys.note(repository.name, ids, written)
        known = {each.backup_id: each for each in catalog.copy_keys.of(server, repository.name)}
    openable = _openable(known.values(), keys, repository, server)
    catalog.copy_keys.say(repository.name, _news(known, openable))


def wraps_written_at(repository: Repository) -> dict[str, datetime]:
    """When each backup's ``wraps.json`` was written, by the repository's clock.

    Raises:
        RepositoryError: the repository can't be listed.
    """
    found = {}
    for listed in repository.list():
        place = layout.place_of(listed.path)
        if place and listed.path == layout.wraps_file(place.server, place.backup_id):
            found[place.backup_id] = listed.modified_at
    return found


def _read(
    repository: Repository, server: str, backup_ids: Iterable[str], reporter: JobReporter
) -> dict[str, Wraps]:
    """What can be read of these; where the repository fails, not every one is waited for."""
    failed = Event()

    def one(backup_id: str) -> tuple[str, Wraps | None]:
        if failed.is_set():
            return backup_id, None
        reporter.check_cancelled()
        try:
            return backup_id, read_wraps_of(repository, server, backup_id)
        except RepositoryUnreachableError:
            failed.set()
        except PgvigilError:
            reporter.check_cancelled()
        return backup_id, None

    ids = list(backup_ids)
    if not ids:
        return {}
    with ThreadPoolExecutor(min(_READERS, len(ids)), thread_name_prefix="keys") as pool:
        return {backup_id: wraps for backup_id, wraps in pool.map(one, ids) if wraps is not None}


def _openable(
    copies: Iterable[CopyKey], keys: OpeningKeys, repository: Repository, server: str
) -> frozenset[str]:
    """The keys of these copies that are at hand; whether a passphrase gives one is tried."""
    one_of = {each.key_id: each.backup_id for each in copies}
    here = keys.key_ids | {""}
    if keys.has_passphrases:
        for key_id in one_of.keys() - here:
            try:
                wraps = read_wraps_of(repository, server, one_of[key_id]).wraps
            except PgvigilError:
                continue
            if wraps and keys.opens(wraps[:1]):
                here |= {key_id}
    return frozenset(here)


def _news(known: Mapping[str, CopyKey], openable: Collection[str]) -> dict[str, str]:
    """What is to be said of each complete copy that is closed, and was not, or the other way."""
    closed = {each.backup_id: each.key_id for each in known.values() if each.key_id not in openable}
    said = {}
    for each in known.values():
        why = ""
        if each.backup_id in closed:
            why = f"{KEY_NOT_AT_HAND}it is sealed with key {each.key_id}"
        elif closed and (needed := sorted(each.needs & closed.keys())):
            key = closed[needed[0]]
            why = f"{KEY_NOT_AT_HAND}it needs {needed[0]}, which is sealed with key {key}"
        was_said = each.problem.startswith(KEY_NOT_AT_HAND)
        is_news = why != each.problem if was_said else bool(why) and not each.problem
        if each.state is CopyState.COMPLETE and is_news:
            said[each.backup_id] = why
    return said
