"""``running.json`` in the folder of a backup that is being written: somebody is still at it.

It is written again now and then, however long a single table takes. Whoever finds the folder knows
by the repository's own clock when that was: other hosts' clocks may be wrong, and hosts with stores
of their own know of each other's backups by nothing else.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta

from core.backup import layout
from core.backup.copies import Copies, Copy
from core.backup.documents import write_document
from core.backup.repository.protocol import Repository
from core.errors import PgvigilError

_RENEWALS = 8
"""How often it is renewed in the time after which a silent backup counts as dead."""
_LEAST_SECONDS = 1.0
_END_SECONDS = 10.0
_RUNNING = "pgvigil sign of life"


def being_written(repository: Repository, now: datetime) -> frozenset[str]:
    """The backups that somebody is writing to a repository, as ``server/backup id``.

    One that died counts too, for as long as it may yet be alive.

    Raises:
        RepositoryError: the repository can't be listed.
    """
    since = now - timedelta(seconds=repository.settings.stale_seconds)
    signs, there = set[str](), set[str]()
    for each in repository.list():
        place = layout.place_of(each.path)
        if place is None:
            continue
        told = f"{place.server}/{place.backup_id}"
        if each.path == layout.running_file(place.server, place.backup_id):
            if each.modified_at > since:
                signs.add(told)
        elif each.path == layout.manifest_file(place.server, place.backup_id):
            there.add(told)
    return frozenset(signs - there)


class SignOfLife:
    """The sign of one backup in each of its copies, from ``begin`` to ``end``."""

    def __init__(self, copies: Copies, server: str, backup_id: str, *, host: str, who: str) -> None:
        self._copies = copies
        self._path, self._content = _sign(server, backup_id, host, who)
        self._over = threading.Event()
        self._renewing: Sequence[threading.Thread] = ()

    def begin(self) -> None:
        """Begin to write it, and go on renewing it; a repository that hangs is not waited for."""
        self._renewing = [
            threading.Thread(target=self._renew, args=(copy,), name="sign", daemon=True)
            for copy in self._copies.good
        ]
        for copy in self._copies.good:
            copy.is_begun = True
        for thread in self._renewing:
            thread.start()

    def end(self) -> None:
        """Renew it no more; it is taken away where the backup exists now. Never raises.

        A repository that does not answer is not waited for: the sign that may stay there says
        nothing beside a manifest, and without one it is cleared with the rest.
        """
        self._over.set()
        for thread in self._renewing:
            thread.join(_END_SECONDS)
        for copy in self._copies.all:
            if copy.is_committed:
                with suppress(PgvigilError):
                    copy.repository.delete([self._path])

    def _renew(self, copy: Copy) -> None:
        _renew(copy.repository, self._path, self._content, self._over, lambda: copy.problem is None)


@contextmanager
def signs_of_life(
    repository: Repository, server: str, backup_id: str, *, host: str, who: str
) -> Iterator[None]:
    """Give signs of life of one copy that is written again; in the end there is none any more.

    A repository that hangs is not waited for; what may stay there then says nothing beside a
    manifest, and without one it is cleared with the rest.
    """
    path, content = _sign(server, backup_id, host, who)
    over = threading.Event()
    renewing = threading.Thread(
        target=_renew,
        args=(repository, path, content, over, lambda: True),
        name="sign",
        daemon=True,
    )
    renewing.start()
    try:
        yield
    finally:
        over.set()
        renewing.join(_END_SECONDS)
        with suppress(PgvigilError):
            repository.delete([path])


def _sign(server: str, backup_id: str, host: str, who: str) -> tuple[str, bytes]:
    """Where the sign of a backup lies, and what it says."""
    content = {"backup_id": backup_id, "host": host, "who": who}
    return layout.running_file(server, backup_id), write_document(_RUNNING, content)


def _renew(
    repository: Repository,
    path: str,
    content: bytes,
    over: threading.Event,
    is_wanted: Callable[[], bool],
) -> None:
    stale = repository.settings.stale_seconds
    while is_wanted():
        # One that can't be written now is written the next time.
        with suppress(PgvigilError):
            repository.write(path, content)
        if over.wait(max(_LEAST_SECONDS, stale / _RENEWALS)):
            return
