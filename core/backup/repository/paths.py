"""Which names objects may have: such that mean the same in a folder and in a bucket."""

from __future__ import annotations

from core.backup.repository.problems import RepositoryPathError

_LONGEST_PATH = 900
_LONGEST_NAME = 255


def checked(path: str) -> tuple[str, ...]:
    """The names that ``path`` is made of.

    Raises:
        RepositoryPathError: it is empty, leads out, has control characters, or is too long.
    """
    names = tuple(path.split("/"))
    if why := _fault(path, names):
        raise RepositoryPathError(
            f"{path[:80]!r} can't be the name of an object in a repository",
            why=why,
            remedy="see docs/backup-repositories.md for the names in a repository",
        )
    return names


def _fault(path: str, names: tuple[str, ...]) -> str:
    if any(name in {"", ".", ".."} for name in names):
        return "it has an empty name, or one that leads elsewhere, between its slashes"
    if not path.isprintable() or "\\" in path:
        return "it has a backslash or characters that can't be printed"
    if any(name.startswith(".pgvigil-") for name in names):
        return "names that begin with .pgvigil- are for what is being written"
    if len(path.encode()) > _LONGEST_PATH or any(len(n.encode()) > _LONGEST_NAME for n in names):
        return "it is too long"
    return ""
