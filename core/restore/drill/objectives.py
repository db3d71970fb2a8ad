"""What a drill is measured against."""

from __future__ import annotations

from core.config.drill_settings import DrillSettings
from core.model.drill import Objectives

_MINUTE = 60.0


def objectives_of(settings: DrillSettings) -> Objectives:
    """The objectives of a config, in seconds."""
    return Objectives(settings.rto_minutes * _MINUTE, settings.rpo_minutes * _MINUTE)
