"""What a role may see on a server, and what each missing piece costs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class CapabilityStatus(StrEnum):
    """Whether a capability is there."""

    PRESENT = "present"
    PARTIAL = "partial"
    MISSING = "missing"
    NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True, slots=True)
class Capability:
    """One privilege, extension or setting: whether it is there, what its lack costs, the mend.

    ``remedy`` is SQL or a setting that can be run as it stands; empty when there is none.
    """

    name: str
    status: CapabilityStatus
    cost: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class CapabilityReport:
    """Everything that decides what pgvigil can show of one server for one role."""

    server: str
    role: str
    version: str
    capabilities: tuple[Capability, ...]
    in_recovery: bool = False
    name: str = ""
    """What the config calls the server."""
    also_watched_as: tuple[str, ...] = ()
    """Other names under which a watcher samples the same server now."""
