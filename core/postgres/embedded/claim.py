"""A private folder with an owner: whoever comes later knows whether the owner still lives."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from core.postgres.embedded.account import ServerAccount
from core.postgres.embedded.folder import make_private_folder, parents, remove_folder
from core.postgres.embedded.lock import is_young, make_locked, take_over
from core.postgres.embedded.note import Note, abandoned_notes
from core.postgres.embedded.residents import end_residents
from core.postgres.embedded.shared_memory import remove_segments

_OWNER = "owner"
_KEPT = "kept"


class ClaimedFolder:
    """A private folder that is ours until ``remove``; ``sweep`` clears it away if we die before."""

    def __init__(
        self, prefix: str, account: ServerAccount, among: Iterable[Path] | None = None
    ) -> None:
        """Make and claim it, where ``make_private_folder`` does.

        Raises:
            EmbeddedServerError: no place for it will do.
        """
        self._note = Note(prefix)
        try:
            self.path = make_private_folder(prefix, account, among)
        except BaseException:
            self._note.remove()
            raise
        self._lock = make_locked(self.path / _OWNER, f"{os.getpid()}\n".encode())

    def remove(self, *, spare: tuple[int, ...] = ()) -> None:
        """End the processes that live in it (not those in ``spare``), then remove it."""
        end_residents(self.path, spare=spare)
        remove_segments(self.path)
        remove_folder(self.path)
        os.close(self._lock)
        self._note.remove()

    def keep(self, whose: str) -> None:
        """Let it outlive us with all that runs in it: ``sweep`` passes over it from now on.

        Raises:
            OSError: the disk is full; it is ours still.
        """
        unfinished = self.path / f"{_KEPT}.new"
        unfinished.write_text(f"{whose}\n", encoding="utf-8")
        unfinished.rename(self.path / _KEPT)
        os.close(self._lock)
        self._note.remove()


def kept_for(folder: Path) -> str:
    """What ``ClaimedFolder.keep`` was told; empty where the folder was not kept, or is no more."""
    try:
        return (folder / _KEPT).read_text(encoding="utf-8").strip()
    except OSError:
        return ""


def kept_folders(prefix: str, among: Iterable[Path] = ()) -> tuple[Path, ...]:
    """The kept folders of our own account, where ``sweep`` looks."""
    places = dict.fromkeys((*parents(), *among))
    return tuple(each for place in places for each in _folders(prefix, place) if kept_for(each))


def remove_kept(folder: Path) -> None:
    """End the processes that live in a kept folder, then remove it."""
    end_residents(folder, grace=0.5)
    remove_segments(folder)
    remove_folder(folder)


def sweep(prefix: str, among: Iterable[Path] = ()) -> tuple[Path, ...]:
    """Clear away the folders whose owners died: their processes, then their files.

    Only folders of our own account whose names begin with ``prefix``, where ``make_private_folder``
    makes them now or where a note says that it did, and in the places ``among``; not those that
    were kept. Gives those that were removed.
    """
    notes = dict(abandoned_notes(prefix))
    places = dict.fromkeys((*parents(), *among, *notes.values()))
    found = [folder for place in places for folder in _folders(prefix, place)]
    stale = [folder for folder in found if _clear_if_stale(folder)]
    unsure = {folder.parent for folder in found if _is_unclaimed(folder)}
    for note, place in notes.items():
        if place not in unsure:
            note.unlink(missing_ok=True)
    return tuple(stale)


def _folders(prefix: str, place: Path) -> Iterator[Path]:
    for path in place.glob(f"{prefix}*"):
        with suppress(FileNotFoundError):  # Somebody else has cleared it away.
            state = path.lstat()
            if stat.S_ISDIR(state.st_mode) and state.st_uid == os.geteuid():
                yield path


def _clear_if_stale(folder: Path) -> bool:
    """Clear ``folder`` away if its owner died; whether it did, and nobody else is about it.

    Who clears it has its lock meanwhile: two who did it at once would take each other, with files
    open in there, for what has to be ended.
    """
    owner = folder / _OWNER
    lock = take_over(owner)
    if lock is None and (owner.exists() or is_young(folder)):
        return False
    try:
        if kept_for(folder):
            return False
        remove_kept(folder)
    finally:
        if lock is not None:
            os.close(lock)
    return True


def _is_unclaimed(folder: Path) -> bool:
    """Whether it is there, and its owner may be about to lock it."""
    return is_young(folder) and folder.exists() and not (folder / _OWNER).exists()
