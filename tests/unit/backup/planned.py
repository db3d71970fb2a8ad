"""Plans of a prune, in few words."""

from __future__ import annotations

from collections.abc import Iterable

from core.backup.retention import PrunePlan
from core.config.retention_settings import KeepSettings, RetentionSettings
from core.model.backup import CatalogEntry

ONLY_DAYS = KeepSettings(days=30, count=0, daily=0, weekly=0, monthly=0, yearly=0)
DAYS_ALONE = RetentionSettings(
    full=ONLY_DAYS, incremental=ONLY_DAYS, schema=ONLY_DAYS, data=ONLY_DAYS, grace_seconds=86_400
)


def ids(entries: Iterable[CatalogEntry]) -> list[str]:
    """Of which backups."""
    return [each.backup_id for each in entries]


def kept(plan: PrunePlan) -> dict[str, tuple[str, ...]]:
    """Why each one stays that does."""
    return {each.entry.backup_id: each.reasons for each in plan.kept}


def keeping(**rules: float) -> RetentionSettings:
    """Full backups of a day, and what these rules keep."""
    none = {"days": 1.0, "count": 0, "daily": 0, "weekly": 0, "monthly": 0, "yearly": 0}
    return RetentionSettings(full=KeepSettings(**{**none, **rules}))  # type: ignore[arg-type]
