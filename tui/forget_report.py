"""What is let go of with a repository, for people and for programs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from core.model.backup import CatalogEntry
from tui import figures
from tui.text import clean, one_line

if TYPE_CHECKING:
    from core.api.backup_care import ForgetPlan


def forget_lines(plan: ForgetPlan) -> Iterator[str]:
    """Whose copies are let go of, which backups have no other, and how it is undone."""
    name = one_line(plan.repository)
    seen = ", ".join(f"{one_line(_place(*seat))}" for seat in plan.places)
    yield f"{name} is not in the config" + (f"; it was seen at {seen}" if seen else "")
    for server in plan.servers:
        gone = plan.missing(server)
        also = f", {gone} of them gone from there already" if gone else ""
        size = figures.size(sum(entry.sealed_bytes for entry in plan.of(server)))
        yield f"  {one_line(server)}: {_copies(len(plan.of(server)))} ({size}){also}"
    yield from (f"  ONLY COPY    {_entry(entry)}" for entry in plan.only_copies)
    only, all_of_them = len(plan.only_there), len(plan.entries)
    if only:
        have = "has" if only == 1 else "have"
        yield f"  of {_backups(all_of_them)} {only} {have} no other copy that may be whole"
    else:
        yield "  every backup that is there has another copy"
    yield f"  nothing is deleted in {name}; its table in the config and backup import undo it"


def forget_document(plan: ForgetPlan) -> dict[str, Any]:
    """The same for programs; nothing is forgotten yet."""
    return {
        "repository": plan.repository,
        "places": [{"host": seat.host or None, "place": seat.place} for seat in plan.places],
        "servers": [
            {"server": each, "copies": len(plan.of(each)), "missing": plan.missing(each)}
            for each in plan.servers
        ],
        "only_copies": [entry.backup_id for entry in plan.only_copies],
        "forgotten": False,
    }


def _place(host: str, place: str) -> str:
    return f"{place} of {host}" if host else place


def _backups(count: int) -> str:
    return "1 backup" if count == 1 else f"{count} backups"


def _copies(count: int) -> str:
    return "1 copy" if count == 1 else f"{count} copies"


def _entry(entry: CatalogEntry) -> str:
    kept = f"  kept: {clean(entry.kept_because)}" if entry.kept_because else ""
    database, size = one_line(entry.database), figures.size(entry.sealed_bytes)
    return f"{entry.backup_id}  {one_line(entry.server_id)}  {database}  {size}{kept}"
