"""What tests of statements read."""

from __future__ import annotations

from core.collect.collector import Reading
from core.model.statements import StatementDelta, Statements

# Of a shape of its own: a text serves whoever runs the same query, in any database of the server.
WORK = "SELECT pg_sleep(0.02), 1, 2, 3 /* the work */"


def statements(reading: Reading) -> Statements:
    assert isinstance(reading.body, Statements)
    return reading.body


def found(body: Statements, text: str) -> StatementDelta:
    (delta,) = (each for each in body.top if text in each.text)
    return delta
