"""By which settings a process watches, as it is compared with other processes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Configuration:
    """By which settings a process watches: a digest for each server, without any secret.

    ``asked_at`` is when the console that wanted it, or the service itself, read them.
    """

    asked_at: datetime
    digests: Mapping[str, str]
