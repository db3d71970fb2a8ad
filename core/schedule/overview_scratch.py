"""Scratch servers that stay up with what was restored, for longer than they should."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from core.config.restore_settings import RestoreSettings
from core.store.local import host

if TYPE_CHECKING:
    from core.model.restore_operation import KeptServer, RestoreOperation


def forgotten_servers(
    restores: Sequence[RestoreOperation], settings: RestoreSettings, now: datetime
) -> tuple[RestoreOperation, ...]:
    """Those of ``restores`` whose scratch server has been up for longer than the config says.

    On this host only where its folder still is there; what is on another one can't be seen from
    here, and is told for as long as a time of grace lasts.
    """
    if all(each.kept is None for each in restores):
        return ()
    # Where nothing was restored, nobody loads what knows of it.
    from core.model.restore_operation import RestoreStatus

    most = timedelta(hours=settings.scratch_hours)
    in_doubt = most + timedelta(days=settings.grace_days)

    def is_there(kept: KeptServer, age: timedelta) -> bool:
        return Path(kept.folder).exists() if kept.host == host() else age <= in_doubt

    return tuple(
        each
        for each in restores
        if each.status is RestoreStatus.COMPLETED
        and each.kept is not None
        and each.completed_at is not None
        and now - each.completed_at > most
        and is_there(each.kept, now - each.completed_at)
    )
