"""All servers of the console with their health, the worst first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from core.model.health import Health
from core.model.server import LinkState, ServerEntry
from core.model.snapshot import Frame
from core.model.unknown import Unknown
from tui import figures
from tui.lines import Role
from tui.panes.judged import HEALTH, judge, role_of
from tui.panes.view import View, body_of
from tui.text import one_line
from tui.widgets.columns import Align, Column, SortOrder
from tui.widgets.rows import Cell, Row

R, DOWN = Align.RIGHT, SortOrder.DESCENDING

SERVER_COLUMNS = (
    Column("health", "health", 11, importance=9, least=8),
    Column("name", "server", 20, importance=9, grow=1, least=8),
    Column("findings", "findings", 8, R, importance=8, first=DOWN),
    Column("use", "slots used", 14, R, importance=7, first=DOWN),
    Column("role", "role", 11, importance=6),
    Column("version", "version", 8, importance=4),
    Column("target", "target", 30, importance=3, grow=1),
)

WORST_FIRST = {Health.CRITICAL: 0, Health.WARNING: 1, Health.UNKNOWN: 2, Health.OK: 3}


def server_rows(
    view: View, servers: Sequence[ServerEntry], frames: Mapping[str, Frame]
) -> list[Row]:  # fmt: skip
    """A row a server; one that was not read yet is unknown, not well."""
    rows = [_row(view, entry, frames.get(entry.server_id)) for entry in servers]
    return sorted(rows, key=lambda row: str(row.cells[0].value))


def _row(view: View, entry: ServerEntry, frame: Frame | None) -> Row:
    assessment = body_of(frame.assessment) if frame else None
    health = assessment.health if assessment else Health.UNKNOWN
    findings = len(assessment.findings) if assessment else 0
    info = body_of(frame.server) if frame else None
    word = HEALTH[health]
    name = f"{one_line(entry.name)}{' PRODUCTION' if entry.production else ''}"
    here = entry.server_id == view.entry.server_id
    return Row(
        entry.server_id,
        (
            Cell(word.text, word.role, str(WORST_FIRST[health])),
            Cell(name, Role.STRONG if here else Role.TEXT),
            Cell(str(findings) if findings else "-", Role.NUMBER, findings),
            _use(view, frame),
            _role(frame),
            Cell(one_line(info.version) if info else "", Role.TEXT),
            Cell(one_line(entry.target), Role.LABEL),
        ),
    )


def _role(frame: Frame | None) -> Cell:
    link = body_of(frame.link) if frame else None
    info = body_of(frame.server) if frame else None
    if link is not None and link.state is not LinkState.CONNECTED:
        return Cell(link.state.value, Role.CRITICAL)
    if info is None:
        return Cell("not read yet", Role.UNKNOWN)
    return Cell("standby" if info.in_recovery else "primary", Role.TEXT)


def _use(view: View, frame: Frame | None) -> Cell:
    body = body_of(frame.connections) if frame else None
    link = body_of(frame.link) if frame else None
    if body is None or (link is not None and link.state is not LinkState.CONNECTED):
        return Cell("?", Role.UNKNOWN, Unknown("not read"))
    severity = judge(body.usage, view.thresholds.connection_usage)
    text = f"{body.total} of {body.slots.usable} {figures.percent(body.usage)}"
    return Cell(text, role_of(severity), body.usage)
