"""Repositories whose copies the catalog knows, and that the config has no more."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from core.model.backup import BackupCopy, CopyState

_THERE = frozenset({CopyState.COMPLETE, CopyState.DAMAGED})


@dataclass(frozen=True, slots=True)
class UnconfiguredRepository:
    """A repository that the config has no more, and how many copies of a server's backups it has.

    ``only_copies`` of them are those of backups that have no other copy, see ``is_only_copy``.
    """

    repository: str
    copies: int
    only_copies: int = 0


def is_only_copy(copies: Iterable[BackupCopy], repository: str) -> bool:
    """Whether the copy there may be what is left of a backup with these copies.

    It is not where another one is complete and can be read, as far as is known. A copy that is
    damaged counts: what is left of it may be all that there is.
    """
    here = False
    for copy in copies:
        if copy.repository == repository:
            here = copy.state in _THERE
        elif copy.state is CopyState.COMPLETE and not copy.is_refused:
            return False
    return here
