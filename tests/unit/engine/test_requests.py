"""What a console is told of a request that failed."""

from __future__ import annotations

from core.engine.requests import on_one_line
from core.errors import ServerError


def test_sentences_do_not_run_together_on_the_one_line_that_a_failed_request_has() -> None:
    error = ServerError(
        "the role may not ask that",
        why="permission denied\nDETAIL:  Only roles with the attribute.",
        remedy="GRANT pg_monitor",
    )
    told = on_one_line(error)
    assert told.endswith("Only roles with the attribute; GRANT pg_monitor")
    assert "\n" not in told
