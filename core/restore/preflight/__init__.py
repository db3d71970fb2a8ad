"""What is looked at before anything is touched: each check has a name, and says how to mend it."""

from core.restore.preflight.planned import Planned
from core.restore.preflight.run import checks, in_order

__all__ = ["Planned", "checks", "in_order"]
