"""A plan that waits for a second person, or has that one's word."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class RestoreApproval:
    """A plan that one person asked for, and perhaps another one has agreed to.

    ``plan`` is the plan's file. ``asker`` and ``approver`` are accounts, ``asked_by`` and
    ``approved_by`` also say where these came from; empty as long as nobody has agreed.
    """

    plan_id: str
    plan: str
    asker: str
    asked_by: str
    asked_at: datetime
    approver: str = ""
    approved_by: str = ""
    approved_at: datetime | None = None

    @property
    def is_given(self) -> bool:
        """Whether a second person has agreed."""
        return self.approved_at is not None
