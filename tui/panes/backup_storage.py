"""What backups take: by kind, by repository against its quota, and how many attempts succeed."""

from __future__ import annotations

from core.model.protection import BackupOverview, RepositoryUse
from tui import figures
from tui.lines import EMPTY, Line, Role, Span, crop, line, pad, right
from tui.panes.judged import figure, judge
from tui.panes.parts import fitted, heading
from tui.panes.view import Mode, View
from tui.text import one_line
from tui.widgets.bar import Thresholds, bar

KINDS = "Storage by kind, one copy of each"
REPOSITORIES = "Repositories"
NOT_KEPT = "? not kept of the past: see the trend"
NAME_WIDTH = 12
MOST_BAR = 60
"""Cells of a bar; a longer one would be louder and say no more."""


def storage_lines(view: View, width: int, height: int) -> list[Line]:
    """Kinds, repositories, success; for the storage view and beside the history."""
    overview = view.frame.backups
    if overview is None:
        return []
    return fitted(
        [
            *_sums(view, overview, width),
            EMPTY,
            *_success(overview, width),
        ],
        width,
        height,
    )


def _sums(view: View, overview: BackupOverview, width: int) -> list[Line]:
    """What is summed over everything that is stored; of the past only its trend was kept."""
    if view.mode is Mode.REWOUND:
        told = line(Span(NOT_KEPT, Role.UNKNOWN))
        return [heading(KINDS, width), told, EMPTY, heading(REPOSITORIES, width), told]
    return [*_kinds(overview, width), EMPTY, *_repositories(view, overview, width)]


def _kinds(overview: BackupOverview, width: int) -> list[Line]:
    head = heading(KINDS, width)
    if not overview.storage:
        return [head, line(Span("nothing is stored yet", Role.MUTED))]
    titles = _columns(Role.LABEL, "kind", "backups", "size", "new in 7 d")
    rows = [
        _columns(
            Role.NUMBER,
            each.kind.value,
            str(each.backups),
            figures.size(each.sealed_bytes),
            f"+{figures.size(each.added_in_a_week_bytes)}" if each.added_in_a_week_bytes else "-",
        )
        for each in overview.storage
    ]
    if len(rows) > 1:
        rows.append(
            _columns(
                Role.STRONG,
                "all",
                str(sum(each.backups for each in overview.storage)),
                figures.size(sum(each.sealed_bytes for each in overview.storage)),
                f"+{figures.size(sum(each.added_in_a_week_bytes for each in overview.storage))}",
            )
        )
    return [head, *(crop(row, width) for row in (titles, *rows))]


def _columns(role: Role, name: str, backups: str, size: str, added: str) -> Line:
    label = Role.LABEL if role is Role.LABEL else Role.TEXT
    return line(
        pad(line(Span(name, label)), NAME_WIDTH),
        right(line(Span(backups, role)), 8),
        right(line(Span(size, role)), 10),
        right(line(Span(added, role)), 11),
    )


def _repositories(view: View, overview: BackupOverview, width: int) -> list[Line]:
    head = heading(REPOSITORIES, width)
    if not overview.repositories:
        return [head, line(Span("none is configured here", Role.MUTED))]
    return [
        head,
        *(row for each in overview.repositories for row in _repository(view, each, width)),
    ]


def _repository(view: View, each: RepositoryUse, width: int) -> list[Line]:
    """What one holds; with its quota a bar."""
    name = pad(line(Span(one_line(each.repository), Role.TEXT)), NAME_WIDTH)
    used = figures.size(each.used_bytes)
    share = each.share
    if share is None:
        return [
            crop(line(name, Span(used, Role.NUMBER), Span("  no quota set", Role.MUTED)), width)
        ]
    at = view.thresholds.storage_usage
    told = line(
        name,
        figure(f"{used} of {figures.size(each.quota_bytes)}  {figures.percent(share)}",
               judge(share, at)),
    )  # fmt: skip
    limits = Thresholds(at.warning, at.critical)
    return [crop(told, width), bar(each.used_bytes, each.quota_bytes, min(width, MOST_BAR), limits)]


def _success(overview: BackupOverview, width: int) -> list[Line]:
    head = heading("Success", width)
    rows = [
        crop(
            line(
                pad(line(Span(f"{rate.days} days", Role.LABEL)), NAME_WIDTH),
                Span(figures.percent(rate.share), Role.NUMBER),
                Span(f"  {rate.succeeded} of {rate.ended}", Role.LABEL),
            ),
            width,
        )
        for rate in overview.success
        if rate.share is not None
    ]
    return [head, *(rows or [line(Span("no attempt has ended yet", Role.MUTED))])]
