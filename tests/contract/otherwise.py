"""A repository that does some things otherwise."""

from __future__ import annotations

from typing import Any, cast

from core.backup.repository.protocol import Repository


class Otherwise:
    """Like the ``repository`` within, but for what a subclass does otherwise."""

    def __init__(self, repository: Repository) -> None:
        self.within = repository

    def __getattr__(self, name: str) -> Any:
        return getattr(self.within, name)

    @property
    def repository(self) -> Repository:
        """It, for who wants a repository."""
        return cast("Repository", self)
