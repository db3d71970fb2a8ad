"""Whether what was restored is what was backed up, and as sound as it should be."""

from core.restore.validate.amcheck import AMCHECK
from core.restore.validate.fingerprint import VALIDATE, Validation, validate
from core.restore.validate.further import NOTHING_FURTHER, Further, further_of, look_further

__all__ = [
    "AMCHECK",
    "NOTHING_FURTHER",
    "VALIDATE",
    "Further",
    "Validation",
    "further_of",
    "look_further",
    "validate",
]
