"""What the keys of the settings are made of: bounds with their units, and what a key means."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta


def about(description: str, *examples: object) -> Meta:
    """What a key means, in one sentence with its unit, and a likely value where there is none."""
    return Meta(description=description, examples=list(examples) or None)


Share = Annotated[float, Meta(gt=0, le=1, extra={"expected": "a share above 0, at most 1.0 = all"})]
Seconds = Annotated[float, Meta(gt=0, le=86_400, extra={"unit": "seconds"})]
Hours = Annotated[float, Meta(gt=0, le=24 * 366, extra={"unit": "hours"})]
Days = Annotated[float, Meta(gt=0, le=36_600, extra={"unit": "days"})]
Positive = Annotated[float, Meta(gt=0, le=1e15)]
