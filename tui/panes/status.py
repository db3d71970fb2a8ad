"""The two lines above every screen: which server, how it is, and how old what is seen is."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from core.model.health import Health
from core.model.link import LinkState
from core.model.unknown import Unknown
from tui import figures
from tui.lines import EMPTY, Line, Role, Span, joined, line, spread, width_of
from tui.panes.judged import HEALTH
from tui.panes.parts import lasting
from tui.panes.view import Mode, View, body_of
from tui.text import one_line

if TYPE_CHECKING:
    from core.model.server import ServerInfo

MODE_LABELS = {Mode.PAUSED: "PAUSED", Mode.REWOUND: "REWOUND"}


def status_lines(view: View, width: int) -> list[Line]:
    """Server, role, version, uptime, cost, age; below: health, worst finding, next job."""
    return [_first(view, width), _second(view, width)]


def health_word(view: View) -> Span:
    """The overall health in a word."""
    return HEALTH[view.health]


def findings_count(view: View) -> str:
    """How many findings are open."""
    count = len(view.findings)
    return {0: "no findings", 1: "1 finding"}.get(count, f"{count} findings")


def age_of_data(view: View) -> Line:
    """The moment of what is on the screen: live with its clock, or how far it lies back."""
    moment = figures.moment(view.frame.moment, relative_to=view.now)
    if view.mode is not Mode.LIVE:
        ago = figures.age(view.now - view.frame.moment)
        return line(Span(f"{MODE_LABELS[view.mode]} {moment} ({ago})", Role.MOMENT))
    newest = view.newest
    if newest is None:
        return line(Span("no data yet", Role.UNKNOWN))
    link = view.link
    cut_off = link is not None and link.state is not LinkState.CONNECTED
    if cut_off or view.is_stale(newest):
        return line(Span(f"data {figures.age(view.seconds_old(newest))}", Role.STALE))
    return line(Span("live ", Role.GOOD), Span(moment, Role.NUMBER))


def _first(view: View, width: int) -> Line:
    name = line(Span(one_line(view.entry.name), Role.TITLE))
    if view.entry.production:
        name = line(name, Span(" PRODUCTION", Role.STRONG))
    right = age_of_data(view)
    others = _others(view)
    bad = elsewhere(view, width - width_of(name) - width_of(others) - width_of(right) - 5)
    identity = _identity(view)
    with_others = joined([name, others, bad])
    fits = width_of(joined([with_others, identity[0]])) + width_of(right) + 1 <= width
    name = with_others if fits else joined([name, bad])
    cost = body_of(view.frame.cost)
    own = line(
        Span("cost ", Role.LABEL), Span(f"{cost.server_ms:.0f} ms/min", Role.NUMBER)
    ) if cost is not None else EMPTY  # fmt: skip
    if cost is not None and cost.slowdown > 1:
        own = line(own, Span(f" slowed {cost.slowdown:.1f}×", Role.NOTICE))
    parts = [name, *identity, own]
    least = 1 if _alarming(view) else 2
    while len(parts) > least and width_of(joined(parts)) + width_of(right) + 1 > width:
        parts.pop()
    return spread(joined(parts), right, width)


def _others(view: View) -> Line:
    """How many other servers there are, and the key that lists them."""
    if not view.others:
        return EMPTY
    servers = "server" if view.others == 1 else "servers"
    return line(Span("s", Role.KEY), Span(f" +{view.others} {servers}", Role.MUTED))


def _alarming(view: View) -> list[tuple[str, Health]]:
    """The other servers that are not well, the worst first."""
    order = [Health.CRITICAL, Health.WARNING, Health.UNKNOWN]
    bad = [(name, health) for name, health in view.elsewhere if health in order]
    return sorted(bad, key=lambda each: order.index(each[1]))


def elsewhere(view: View, room: int) -> Line:
    """What is wrong with the other servers: which one, or how many where there is no room."""
    bad = _alarming(view)
    if not bad:
        return EMPTY
    if len(bad) == 1:
        name, health = bad[0]
        sign, word = HEALTH[health].text.split()
        named = line(Span(f"{sign} {one_line(name)} {word}", HEALTH[health].role))
        if width_of(named) <= room:
            return named
    counts = Counter(health for _, health in bad)
    return joined(
        [
            line(Span(f"{sign} {count} {word}", HEALTH[health].role))
            for health, count in counts.items()
            for sign, word in [HEALTH[health].text.split()]
        ]
    )


def _identity(view: View) -> list[Line]:
    """Role, version and uptime, or how the link stands; the most important first."""
    link, info = view.link, body_of(view.frame.server)
    if link is not None and link.state is not LinkState.CONNECTED:
        return [line(Span(link.state.value, Role.CRITICAL))]
    if info is None:
        return [line(Span("connecting", Role.UNKNOWN))]
    role = line(Span("standby" if info.in_recovery else "primary", Role.TEXT))
    pooler = " through a pooler" if view.entry.via_pooler or info.via_pooler else ""
    return [
        role,
        line(Span(f"PostgreSQL {one_line(info.version)}{pooler}", Role.TEXT)),
        _uptime(view, info),
    ]


def _uptime(view: View, info: ServerInfo) -> Line:
    if isinstance(info.started_at, Unknown):
        return line(Span("up ?", Role.UNKNOWN))
    seconds = max(0.0, (view.reference - info.started_at).total_seconds())
    up = figures.duration(seconds) if seconds >= 86_400 else lasting(seconds)
    return line(Span("up ", Role.LABEL), Span(up, Role.NUMBER))


def _second(view: View, width: int) -> Line:
    """Health and headline; the next job in full where nothing is cut by that, else in short."""
    left = line(health_word(view), "  ", headline(view))
    told, short = _next_job(view)
    return spread(left, told if width_of(left) + 2 + width_of(told) <= width else short, width)


def headline(view: View) -> Line:
    """The worst finding in a few words, and how many there are; trouble is always told."""
    if view.trouble is not None and view.is_cut_off:
        return line(Span(one_line(view.trouble.what), Role.STRONG))
    findings = view.findings
    if not findings:
        calm = view.assessment.health is Health.OK
        return line(Span("nothing needs attention" if calm else "not assessed yet", Role.MUTED))
    told = [findings[0].title]
    if view.trouble is not None and view.mode is Mode.LIVE and told != [view.trouble.what]:
        told.append(view.trouble.what)
    worst = Span(one_line(" · ".join(told)), Role.TEXT)
    return line(Span(findings_count(view), Role.STRONG), ": ", worst)


def _next_job(view: View) -> tuple[Line, Line]:
    """The next scheduled job and its time, in full and in few cells.

    Nothing before it is known, nor in the past, of which it is not.
    """
    backups = view.frame.backups
    if backups is None or view.mode is Mode.REWOUND:
        return EMPTY, EMPTY
    from tui.panes.schedules import next_words

    upcoming = backups.upcoming
    if upcoming is None and backups.all_paused:
        return line(Span("all schedules paused", Role.MUTED)), line(Span("paused", Role.MUTED))
    if upcoming is None:
        return line(Span("no job scheduled", Role.MUTED)), line(Span("no job", Role.MUTED))
    when, name = next_words(view, upcoming), one_line(upcoming.name) or "job"
    if upcoming.waiting_since(view.reference) is not None:
        short = Span("job late" if upcoming.is_late else "job waiting", when.role)
        return line(Span(f"{name} ", Role.LABEL), when), line(short)
    return (
        line(Span("next ", Role.LABEL), Span(f"{name} {when.text}", Role.NUMBER)),
        line(Span("job ", Role.LABEL), Span(_short_moment(view, upcoming.next_at), Role.NUMBER)),
    )


def _short_moment(view: View, at: datetime | None) -> str:
    """The time of a moment within a day, of a later one its date."""
    if at is None:
        return ""
    local = at.astimezone()
    is_soon = at - view.reference < timedelta(days=1)
    return f"{local:%H:%M}" if is_soon else f"{local:%m-%d}"
