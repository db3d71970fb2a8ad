"""What names a statement: findings have it too, without its figures."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class StatementKey:
    """What identifies an entry of ``pg_stat_statements``."""

    user_id: int
    database_id: int
    query_id: int
    toplevel: bool = True
