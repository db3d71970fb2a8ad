"""Lock queues for the screens."""

from __future__ import annotations

from core.assess.locks import lock_queues
from core.model.locks import LockNode

__all__ = ["LockNode", "lock_queues"]
