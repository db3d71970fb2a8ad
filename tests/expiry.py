"""Backups of which no copy is kept any more."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from core.model.backup import CatalogEntry


def expired(entry: CatalogEntry, at: datetime | None) -> CatalogEntry:
    """The same backup, whose copies all wait out their time of grace since ``at``, or none."""
    return replace(entry, copies=tuple(replace(copy, expired_at=at) for copy in entry.copies))
