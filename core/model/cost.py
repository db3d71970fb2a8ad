"""What pgvigil costs the server that it watches."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SelfCost:
    """The last minute's cost: server time in milliseconds, rows read, statements sent.

    ``slowdown`` is the factor by which the paces are stretched to stay within ``budget_ms``.
    """

    server_ms: float
    rows: int
    statements: int
    budget_ms: float
    slowdown: float = 1.0
