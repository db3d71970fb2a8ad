"""The steps of a plan in which what was restored is looked at besides the fingerprint."""

from __future__ import annotations

from collections.abc import Iterator

from core.model.restore import Step
from core.postgres.client_programs import ClientPrograms
from core.restore.validate import AMCHECK, VALIDATE, Further


def further_steps(
    further: Further, programs: ClientPrograms, seconds: float | None
) -> Iterator[Step]:
    """What is looked at, in its order; ``seconds`` is what pg_amcheck should take."""
    if further.amcheck:
        yield Step(
            AMCHECK,
            "Look through tables and indexes with pg_amcheck, where that and its extension are"
            " there and the role is a superuser",
            (f"{programs.bin / AMCHECK} …",),
            seconds,
        )
    if further.assertions:
        part = "" if further.is_whole else "; one about what is not there does not apply"
        yield Step(
            VALIDATE,
            f"Ask what must be true, read-only: {len(further.assertions)} assertions of the"
            f" config{part}",
            tuple(f"{each.sql} -> {each.expect}" for each in further.assertions),
            0.0,
        )
