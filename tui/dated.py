"""When the figures in a finding's title are from, told in the viewer's own time zone."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from core.model.health import Finding
from tui import figures


def dated(finding: Finding, relative_to: datetime) -> Finding:
    """The finding with the moment of its figures in its title, where they are of one interval."""
    if finding.figures_at is None:
        return finding
    moment = figures.moment(finding.figures_at, relative_to=relative_to)
    return replace(finding, title=f"{finding.title}, at {moment}")
