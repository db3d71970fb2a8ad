"""How backups are restored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from core.config.settings_types import Days, about


@dataclass(frozen=True, slots=True)
class RestoreSettings:
    """How backups are restored, and how long a swap or a merge can be undone."""

    grace_days: Annotated[
        Days,
        about(
            "What a swap put aside, or a merge wrote down for its undo, is kept so long; then the"
            " next restore to its server drops it."
        ),
    ] = 7
