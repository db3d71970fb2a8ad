"""What a database's content is, taken inside the dump's own snapshot, and compared later."""

from core.backup.fingerprint.compare import compare
from core.backup.fingerprint.take import FINGERPRINT, fresh_seeds, take

__all__ = ["FINGERPRINT", "compare", "fresh_seeds", "take"]
