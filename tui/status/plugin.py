"""A plugin's one line: ``SERVICE STATE - text | perfdata``.

As https://www.monitoring-plugins.org/doc/guidelines.html says: labels in single quotes,
``'label'=value[UOM];[warn];[crit];[min];[max]``, ``U`` for a value that can't be had.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from core.api.configuration import ThresholdSettings
from core.model.connections import BackendState, Connections
from core.model.databases import Databases
from core.model.health import Health, Severity
from core.model.snapshot import Frame
from core.model.statements import Statements
from core.model.unknown import Unknown
from tui.status.look import Look, known_body, worst, worst_first
from tui.text import one_line

MOST_NAMED = 3
"""Findings that the line names; the others are counted."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One item of perfdata; ``None`` where there is no value, limit or end of the range."""

    label: str
    value: float | None
    unit: str = ""
    warning: float | None = None
    critical: float | None = None
    most: float | None = None

    def __str__(self) -> str:
        value = "U" if self.value is None else f"{_number(self.value)}{self.unit}"
        limits = [_number(self.warning), _number(self.critical), "0", _number(self.most)]
        label = one_line(self.label).replace("'", "''").replace("=", "_")
        return f"'{label}'={value};{';'.join(limits)}".rstrip(";")


def line(looks: Sequence[Look], limits: ThresholdSettings) -> str:
    """The line for all servers, the worst first; of several, each label begins with its server.

    Perfdata stay in the order in which the servers were asked for, whatever their health.
    """
    several = len(looks) > 1
    texts = [
        f"{look.entry.name}: {summary(look)}" if several else summary(look)
        for look in worst_first(looks)
    ]
    items = [
        str(figure)
        for look in looks
        for figure in perfdata(look.frame, limits, f"{look.entry.name} " if several else "")
    ]
    text = one_line("; ".join(texts)).replace("|", "/")
    return f"PGVIGIL {worst(looks).value.upper()} - {text} | {' '.join(items)}"


def summary(look: Look) -> str:
    """What is wrong, the worst first; or how full the pool is when nothing is."""
    if look.why_unknown is not None:
        return look.why_unknown.reason
    titles = [f.title for f in look.findings if f.severity >= Severity.WARNING]
    if titles:
        left_out = len(titles) - MOST_NAMED
        more = [f"and {left_out} more"] if left_out > 0 else []
        return ", ".join(titles[:MOST_NAMED] + more)
    connections = known_body(look.frame.connections)
    if connections is None:
        return "nothing is known of its connections" if look.health is Health.UNKNOWN else "ok"
    return f"{connections.total} of {connections.slots.usable} connections used"


def perfdata(frame: Frame, limits: ThresholdSettings, prefix: str = "") -> Iterator[Figure]:
    """The figures of a frame; the same labels at every run, whatever is known."""
    yield from _connections(known_body(frame.connections), limits, prefix)
    yield from _statements(known_body(frame.statements), prefix)
    yield from _databases(known_body(frame.databases), prefix)
    cost = known_body(frame.cost)
    yield Figure(f"{prefix}pgvigil_cost", cost.server_ms if cost else None, "ms")


def _connections(
    found: Connections | None, limits: ThresholdSettings, prefix: str
) -> Iterator[Figure]:
    usable = found.slots.usable if found else None
    usage = limits.connection_usage
    yield Figure(
        f"{prefix}connections",
        found.total if found else None,
        warning=round(usage.warning * usable, 1) if usable else None,
        critical=round(usage.critical * usable, 1) if usable else None,
        most=usable,
    )
    states: Mapping[str, tuple[BackendState, ...]] = {
        "active": (BackendState.ACTIVE,),
        "idle": (BackendState.IDLE,),
        "idle_in_transaction": (
            BackendState.IDLE_IN_TRANSACTION,
            BackendState.IDLE_IN_TRANSACTION_ABORTED,
        ),
    }
    visible = found if found and found.details is None else None
    for label, members in states.items():
        yield Figure(f"{prefix}{label}", visible.in_state(*members) if visible else None)
    yield Figure(f"{prefix}waiting_on_lock", visible.waiting_on_lock if visible else None)
    yield Figure(
        f"{prefix}longest_transaction",
        (visible.longest_transaction_seconds or 0.0) if visible else None,
        "s",
        limits.transaction_seconds.warning,
        limits.transaction_seconds.critical,
    )
    yield Figure(
        f"{prefix}longest_idle_in_transaction",
        (visible.longest_idle_in_transaction_seconds or 0.0) if visible else None,
        "s",
        limits.idle_in_transaction_seconds.warning,
        limits.idle_in_transaction_seconds.critical,
    )


def _statements(found: Statements | None, prefix: str) -> Iterator[Figure]:
    measured = found if found and found.since is not None and found.seconds > 0 else None
    whole = measured if measured and not measured.hidden else None
    yield Figure(f"{prefix}calls_per_second", whole.others_calls / whole.seconds if whole else None)
    calls = whole.others_calls if whole else 0
    mean = whole.others_ms / calls if whole and calls else None
    yield Figure(f"{prefix}mean_time", mean, "ms")
    yield Figure(f"{prefix}statements_interval", measured.seconds if measured else None, "s")


def _databases(found: Databases | None, prefix: str) -> Iterator[Figure]:
    measured = found if found and found.since is not None and found.seconds > 0 else None
    rows = measured.databases if measured else ()
    seconds = measured.seconds if measured else 1.0
    commits, rollbacks = sum(row.commits for row in rows), sum(row.rollbacks for row in rows)
    yield Figure(f"{prefix}commits_per_second", commits / seconds if measured else None)
    yield Figure(f"{prefix}rollbacks_per_second", rollbacks / seconds if measured else None)
    yield Figure(f"{prefix}databases_interval", measured.seconds if measured else None, "s")
    hit, read = sum(row.blocks_hit for row in rows), sum(row.blocks_read for row in rows)
    yield Figure(
        f"{prefix}cache_hit", 100 * hit / (hit + read) if hit + read else None, "%", most=100
    )
    sizes = [row.size_bytes for row in found.databases] if found else []
    known = [size for size in sizes if not isinstance(size, Unknown)]
    all_known = bool(sizes) and len(known) == len(sizes)
    yield Figure(f"{prefix}size", sum(known) if all_known else None, "B")


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.0f}" if float(value).is_integer() else f"{value:.6g}"
