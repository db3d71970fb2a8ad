"""The integers and strings of pg_dump's archives, read and written.

The layout is that of PostgreSQL's ``pg_backup_archiver.c``: an integer is a sign byte and its
magnitude, the lowest byte first; a string is its length and its bytes, and one that is not there
has the length -1.
"""

from __future__ import annotations

from core.errors import BackupError

_LONGEST_STRING = 1 << 30


class ArchiveReader:
    """Reads an archive's bytes from the beginning to the end."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._at = 0
        self.int_size = 4

    @property
    def position(self) -> int:
        """How many bytes were read."""
        return self._at

    @property
    def is_at_end(self) -> bool:
        """Whether every byte was read."""
        return self._at == len(self._content)

    def take(self, count: int) -> bytes:
        """The next ``count`` bytes.

        Raises:
            BackupError: there are not as many.
        """
        taken = self._content[self._at : self._at + count]
        if len(taken) != count:
            raise damaged("it ends in the middle of an entry")
        self._at += count
        return taken

    def byte(self) -> int:
        """The next byte, from 0 to 255."""
        return self.take(1)[0]

    def integer(self) -> int:
        """The next integer, of ``int_size`` bytes beside its sign.

        Raises:
            BackupError: the archive ends before.
        """
        # Not by ``take``: an archive of 10,000 tables has half a million of them.
        start, end = self._at + 1, self._at + 1 + self.int_size
        if end > len(self._content):
            raise damaged("it ends in the middle of an entry")
        magnitude = int.from_bytes(self._content[start:end], "little")
        self._at = end
        return -magnitude if self._content[start - 1] else magnitude

    def string(self) -> bytes | None:
        """The next string; ``None`` where it is not there.

        Raises:
            BackupError: its length can't be right.
        """
        length = self.integer()
        if length == -1:
            return None
        if not 0 <= length <= _LONGEST_STRING:
            raise damaged(f"a string of {length} bytes")
        return self.take(length)


class ArchiveWriter:
    """Puts an archive's bytes together."""

    def __init__(self, int_size: int) -> None:
        self._int_size = int_size
        self._parts: list[bytes] = []

    def raw(self, content: bytes) -> None:
        """Add bytes as they are."""
        self._parts.append(content)

    def integer(self, value: int) -> None:
        """Add an integer in the size that the archive has."""
        magnitude = abs(value).to_bytes(self._int_size, "little")
        self._parts.append((b"\x01" if value < 0 else b"\x00") + magnitude)

    def string(self, value: bytes | None) -> None:
        """Add a string, or that there is none."""
        if value is None:
            self.integer(-1)
        else:
            self.integer(len(value))
            self._parts.append(value)

    def finished(self) -> bytes:
        """Everything that was added, in its order."""
        return b"".join(self._parts)


def damaged(why: str) -> BackupError:
    """What is said of a table of contents that can't be read."""
    return BackupError(
        "The dump's table of contents can't be read",
        why=why,
        remedy="take a full backup; keep this dump if you want to report the problem",
    )
