"""What a power loss leaves of a folder: what was put on the disk with fsync, and nothing else."""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest


@dataclass(frozen=True)
class Image:
    """The files that are there after a power loss, by their paths."""

    files: dict[str, bytes]

    def write_to(self, folder: Path) -> None:
        """Put them into a new folder."""
        folder.mkdir(mode=0o700)
        for path, content in self.files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(content)


class Disk:
    """What of ``root`` is on the disk for sure, by inodes: contents of files, names in folders."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._lock = threading.RLock()
        self._contents: dict[int, bytes] = {}
        self._names: dict[int, dict[str, int]] = {}
        self.images: list[Image] = []
        for folder, _, files in os.walk(root):
            self._names[Path(folder).stat().st_ino] = _entries(folder)
            for path in (Path(folder, name) for name in files):
                self._contents[path.stat().st_ino] = path.read_bytes()

    def created(self, descriptor: int) -> None:
        """A new file has no content on the disk, whatever had its inode before."""
        with self._lock:
            self._contents.pop(os.fstat(descriptor).st_ino, None)
            self._names.pop(os.fstat(descriptor).st_ino, None)

    def synced(self, descriptor: int) -> None:
        """What a descriptor stands for is on the disk now; the power may go at this moment."""
        status, path = os.fstat(descriptor), f"/proc/self/fd/{descriptor}"
        with self._lock:
            if stat.S_ISDIR(status.st_mode):
                self._contents.pop(status.st_ino, None)
                self._names[status.st_ino] = _entries(path)
            else:
                self._contents[status.st_ino] = Path(path).read_bytes()
            self.images += [self.least(), self._most()]

    def forget(self, folder: Path) -> None:
        """The names below a folder are not on the disk: who gave them was killed before that."""
        with self._lock:
            for inner, _, _ in os.walk(folder):
                self._names[Path(inner).stat().st_ino] = {}

    def least(self) -> Image:
        """Where no name is on the disk whose folder was not synced."""
        files: dict[str, bytes] = {}

        def walk(inode: int, prefix: str) -> None:
            for name, inner in self._names[inode].items():
                if inner in self._names:
                    walk(inner, f"{prefix}{name}/")
                elif inner in self._contents:
                    files[prefix + name] = self._contents[inner]

        walk(self._root.stat().st_ino, "")
        return Image(files)

    def _most(self) -> Image:
        """Where every name is on the disk at once, also of a file whose content is not."""
        files = {}
        for folder, _, names in os.walk(self._root):
            for name, inode in _entries(folder).items():
                if name in names:
                    path = str(Path(folder, name).relative_to(self._root))
                    files[path] = self._contents.get(inode, b"")
        return Image(files)


def _entries(folder: str) -> dict[str, int]:
    with os.scandir(folder) as listed:
        return {entry.name: entry.inode() for entry in listed}


@contextmanager
def watched_disk(root: Path) -> Iterator[Disk]:
    """Look on what this process puts on the disk; each call does all that it did before."""
    disk, fsync, opened = Disk(root), os.fsync, os.open

    def watched_fsync(descriptor: int) -> None:
        fsync(descriptor)
        if Path(f"/proc/self/fd/{descriptor}").readlink().is_relative_to(root):
            disk.synced(descriptor)

    def watched_open(path: Any, flags: int, *given: Any, **named: Any) -> int:
        descriptor = opened(path, flags, *given, **named)
        if flags & os.O_EXCL:
            disk.created(descriptor)
        return descriptor

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", watched_fsync)
        patch.setattr(os, "open", watched_open)
        yield disk
