"""The names that databases have before, between and after a swap."""

from __future__ import annotations

_LONGEST_NAME = 63
"""Bytes that PostgreSQL keeps of a name (NAMEDATALEN - 1)."""
_STAMP = len("20261121T031502Z")


def new_name(live: str, plan_id: str) -> str:
    """What the new database is called until it is swapped in."""
    return _suffixed(live, "restored", plan_id)


def before_name(live: str, plan_id: str) -> str:
    """What the database that was live is called once another has its name."""
    return _suffixed(live, "before", plan_id)


def undone_name(live: str, plan_id: str) -> str:
    """What the database that was swapped in is called once the swap is undone."""
    return _suffixed(live, "undone", plan_id)


def _suffixed(live: str, word: str, plan_id: str) -> str:
    """The beginning of the name, cut between characters where all of it would be too long."""
    end = f"_{word}_{plan_id[:_STAMP].lower()}_{plan_id[-4:]}"
    room = _LONGEST_NAME - len(end.encode())
    return live.encode()[:room].decode("utf-8", "ignore") + end
