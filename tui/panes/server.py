"""The server itself and what pgvigil costs it: link, identity, slots, settings, findings."""

from __future__ import annotations

from core.model.cost import SelfCost
from core.model.health import Area
from core.model.server import LinkState, ServerInfo
from core.model.unknown import Unknown
from tui import figures
from tui.lines import EMPTY, Line, Role, Span, cell_width, line
from tui.panes.findings import finding_detail_lines
from tui.panes.parts import age_note, facts, facts_beside, heading, labelled, missing_lines, number
from tui.panes.view import Missing, View, body_of, shown
from tui.text import clean, one_line

OF_THE_SERVER = frozenset({Area.SERVER, Area.PGVIGIL})
"""The areas whose findings lead here."""


def server_lines(view: View, width: int, _: int = 0) -> list[Line]:
    """Why it can't be reached where it can't, who it is, what pgvigil costs it, how it is set."""
    taken = view.frame.server
    info, said = body_of(taken), shown(view, taken)
    lines = [heading("Server", width, key="8", note=age_note(view, taken))]
    rows = _link(view)
    if isinstance(said, Missing):
        lines += [*facts(rows, width), *missing_lines(said, width)]
        rows = []
    if info is not None:
        lines += [*facts([*rows, *_identity(view, info)], width), *_not_told(info, width)]
    lines += [EMPTY, heading("pgvigil on this server", width, note=age_note(view, view.frame.cost))]
    lines += _cost(view, width)
    lines += _findings(view, width, said.what if isinstance(said, Missing) else "")
    if info is not None and info.settings:
        lines += [EMPTY, heading("Settings", width), *_settings(info, width)]
    return lines


def _link(view: View) -> list[tuple[str, Line]]:
    """Where it is, how the held connection stands, and since when."""
    link = view.link
    rows = [("target", _text(view.entry.target))]
    if link is not None:
        since = figures.moment(link.since, relative_to=view.reference)
        lasted = figures.duration(max(0.0, (view.reference - link.since).total_seconds()))
        role = Role.GOOD if link.state is LinkState.CONNECTED else Role.CRITICAL
        told = line(Span(link.state.value, role), Span(f" since {since}, {lasted}", Role.TEXT))
        rows.append(("link", told))
    return rows


def _identity(view: View, info: ServerInfo) -> list[tuple[str, Line]]:
    started = info.started_at
    if isinstance(started, Unknown):
        up = line(Span("?", Role.UNKNOWN))
    else:
        seconds = max(0.0, (view.reference - started).total_seconds())
        since = figures.moment(started, relative_to=view.reference)
        up = number(f"{since}, {figures.duration(seconds)} ago")
    slots = info.slots
    identifier = info.system_identifier
    pooler = ", through a pooler" if info.via_pooler else ""
    return [
        ("version", _text(f"PostgreSQL {info.version}, {info.platform.value}{pooler}")),
        ("role", _text("standby, in recovery" if info.in_recovery else "primary")),
        ("started", up),
        ("cluster name", _text(info.cluster_name)),
        ("identifier", line(Span("?", Role.UNKNOWN)) if isinstance(identifier, Unknown)
         else number(one_line(identifier))),
        ("usable slots", line(
            Span(f"{slots.usable}", Role.NUMBER),
            Span(f"  = max_connections {slots.max_connections} - {slots.superuser_reserved}"
                 f" superuser_reserved - {slots.reserved} reserved", Role.LABEL))),
        ("connected as", _text(
            f"{info.role}{' (superuser)' if info.superuser else ''} to {info.database}")),
    ]  # fmt: skip


def _not_told(info: ServerInfo, width: int) -> list[Line]:
    """Why a figure is unknown, and the statement that mends it."""
    lines: list[Line] = []
    for name, value in (("started", info.started_at), ("identifier", info.system_identifier)):
        if isinstance(value, Unknown):
            lines += labelled(f"? {name}: ", clean(value.reason), width, Role.UNKNOWN)
            lines += labelled("do  ", clean(value.remedy), width, Role.STRONG)
    return lines


def _cost(view: View, width: int) -> list[Line]:
    cost = shown(view, view.frame.cost)
    if isinstance(cost, Missing):
        return missing_lines(cost.in_brief, width)
    return facts(
        [
            ("server time", line(
                Span(f"{cost.server_ms:.0f} ms/min", Role.NUMBER),
                Span(f"  of {cost.budget_ms:.0f} ms that it may cost", Role.LABEL))),
            ("statements", number(f"{figures.count(cost.statements)}/min")),
            ("rows read", number(f"{figures.count(cost.rows)}/min")),
            ("pace", _pace(cost)),
        ],
        width,
    )  # fmt: skip


def _pace(cost: SelfCost) -> Line:
    if cost.slowdown <= 1:
        return line(Span("full", Role.TEXT))
    return line(Span(f"{cost.slowdown:.1f} times slower, to stay within the budget", Role.NOTICE))


def _findings(view: View, width: int, told: str) -> list[Line]:
    """The findings that lead here, but for what was ``told`` above in place of figures."""
    lines: list[Line] = []
    for finding in view.findings:
        if finding.area in OF_THE_SERVER and finding.title.rstrip(".") != told.rstrip("."):
            lines += [EMPTY, *finding_detail_lines(view, finding, width)]
    return [*lines[:1], heading("Findings", width), *lines[1:]] if lines else []


def _settings(info: ServerInfo, width: int) -> list[Line]:
    """The settings that matter here, side by side where none is cut by that, else wrapped."""
    told = [(one_line(name), one_line(value)) for name, value in sorted(info.settings.items())]
    column = max(len(name) for name, _ in told) + 2
    if all(column + cell_width(value) <= width for _, value in told):
        return facts_beside([(name, _text(value or "(empty)")) for name, value in told], width)
    rows = (labelled(name.ljust(column), value or "(empty)", width) for name, value in told)
    return [row for rows_of_one in rows for row in rows_of_one]


def _text(text: str) -> Line:
    return line(Span(one_line(text), Role.TEXT))
