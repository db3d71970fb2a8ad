"""Exactly what a backup would do, database by database, before it is started."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from core.model.backup import BackupKind
from core.model.backup_detail import BackupPlan, PlannedDatabase
from core.model.unknown import Unknown
from tui import figures
from tui.panes.view import View
from tui.text import clean, one_line
from tui.widgets.confirm import Question

MOST_LISTED = 200
"""Databases that are told one by one: a person reads no more of them."""

_HOLDS = {
    BackupKind.FULL: "everything: schema, data, large objects, and the roles of the server",
    BackupKind.INCREMENTAL: "everything; tables that did not change stay in earlier backups",
    BackupKind.SCHEMA: "the schema alone, no data",
    BackupKind.DATA: "the data of chosen schemas or tables",
    BackupKind.PHYSICAL: "the files of the server",
}


def backup_question(view: View, plan: BackupPlan) -> Question:
    """What it would do, or why it would not begin."""
    if plan.refusals:
        return Question(
            f"A backup of {view.entry.name} would not begin",
            plan.refusals,
            refused=True,
        )
    return Question(
        title=f"Take {_article(plan.kind)} backup of {view.entry.name} now",
        steps=tuple(_steps(view, plan)),
        consequence="It runs as a process of its own: it goes on when you leave. It reads the "
        "whole database, and holds its snapshot for so long.",
    )


def _steps(view: View, plan: BackupPlan) -> Iterator[str]:
    known = () if isinstance(plan.databases, Unknown) else plan.databases
    if plan.before:
        yield f"first {one_line(plan.before)} runs; where it fails, no backup is begun"
    yield f"pg_dump of {_whose(view, plan)}: {_HOLDS[plan.kind]}"
    yield from _chosen(plan)
    if len(known) == 1:
        yield from _chain(known[0])
    else:
        yield from (_one_of_several(each) for each in known[:MOST_LISTED])
        if len(known) > MOST_LISTED:
            yield f"  and {len(known) - MOST_LISTED} more"
    yield _sealing(plan)
    yield f"staged in {one_line(plan.staging)}" if plan.staging else "streamed, without staging"
    yield (
        f"{_several(len(plan.copies))}: {', '.join(one_line(each) for each in plan.copies)}; each "
        "is read back and verified, and its manifest is written last"
    )
    if plan.keep:
        yield (
            f"KEPT FOR EVER, whatever [retention] says: {clean(plan.keep)}; it takes its room "
            "until somebody lets it go (U)"
        )
    if plan.after:
        yield f"last {one_line(plan.after)} runs, whatever came of it"
    yield _estimate(known)


def _whose(view: View, plan: BackupPlan) -> str:
    target = one_line(view.entry.target)
    if isinstance(plan.databases, Unknown):
        return (
            f"databases of {target}, one after another, each in one consistent snapshot of its "
            f"own; {plan.databases.reason}"
        )
    if len(plan.databases) == 1:
        return f"{one_line(plan.databases[0].name)} on {target}, in one consistent snapshot"
    return (
        f"{len(plan.databases)} databases on {target}, one after another, each in one consistent "
        "snapshot of its own"
    )


def _chosen(plan: BackupPlan) -> Iterator[str]:
    """Which schemas and tables, where not all are meant."""
    chosen = plan.selection
    for told, patterns in (
        ("only the schemas", chosen.schemas),
        ("only the tables", chosen.tables),
        ("WITHOUT the schemas", chosen.excluded_schemas),
        ("WITHOUT the tables", chosen.excluded_tables),
    ):
        if patterns:
            yield f"{told} {', '.join(map(one_line, patterns))}"


def _chain(database: PlannedDatabase) -> Iterator[str]:
    """What an incremental backup follows."""
    if database.parent_id:
        yield f"after {database.parent_id}: only tables whose content differs are dumped"
    elif database.instead:
        yield f"a FULL one instead: {one_line(database.instead)}"


def _one_of_several(database: PlannedDatabase) -> str:
    told = "; ".join([*_chain(database), _size_and_time(database)])
    return f"  {one_line(database.name)}: {told}"


def _size_and_time(database: PlannedDatabase) -> str:
    size, seconds = database.estimated_bytes, database.estimated_seconds
    if isinstance(size, Unknown) or isinstance(seconds, Unknown):
        return "it is the first of its kind"
    return f"the last took {figures.size(size)} and {figures.duration(seconds)}"


def _estimate(databases: Sequence[PlannedDatabase]) -> str:
    """What all of it takes, as far as there were earlier ones."""
    sizes = [e.estimated_bytes for e in databases if isinstance(e.estimated_bytes, int)]
    times = [e.estimated_seconds for e in databases if isinstance(e.estimated_seconds, int | float)]
    if not sizes:
        return "how large, and for how long, is not known: it is the first of its kind"
    took = f"{figures.size(sum(sizes))} in {figures.duration(sum(times))}"
    if len(databases) == 1:
        return f"about {took}, as the last one of its kind"
    if len(sizes) == len(databases):
        return f"in all about {took}, as the last ones of their kinds"
    return (
        f"in all more than {took}: of {len(databases) - len(sizes)} of them it is not known, they "
        "are the first of their kind"
    )


def _article(kind: BackupKind) -> str:
    return f"{'an' if kind.value[0] in 'aeiou' else 'a'} {kind.value}"


def _several(count: int) -> str:
    return "1 copy" if count == 1 else f"{count} copies"


def _sealing(plan: BackupPlan) -> str:
    if isinstance(plan.key_id, Unknown):
        return f"sealed with key {plan.key_name}: {plan.key_id.reason}"
    if not plan.key_id:
        return "NOT sealed: [encryption] enabled = false; whoever reads a copy reads the data"
    return f"sealed with key {one_line(plan.key_name)} ({one_line(plan.key_id)})"
