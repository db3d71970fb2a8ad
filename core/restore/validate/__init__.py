"""Whether what was restored is what was backed up, and as sound as it should be."""

from core.restore.validate.amcheck import AMCHECK, amcheck_live
from core.restore.validate.assertions import ASSERTION
from core.restore.validate.fingerprint import VALIDATE, Validation, validate
from core.restore.validate.further import (
    NOTHING_FURTHER,
    NOTHING_LOOKED_AT,
    Further,
    Looked,
    further_of,
    look_at_assertions,
    look_further,
    looked,
)
from core.restore.validate.part import PG_DUMP, look_at_named, look_at_part

__all__ = [
    "AMCHECK",
    "ASSERTION",
    "NOTHING_FURTHER",
    "NOTHING_LOOKED_AT",
    "PG_DUMP",
    "VALIDATE",
    "Further",
    "Looked",
    "Validation",
    "amcheck_live",
    "further_of",
    "look_at_assertions",
    "look_at_named",
    "look_at_part",
    "look_further",
    "looked",
    "validate",
]
