"""Is the server there?"""

from __future__ import annotations

from collections.abc import Iterator

from core.assess.situation import Draft, Situation
from core.assess.wording import duration
from core.model.health import Area, Severity
from core.model.server import LinkState

_UP = frozenset({LinkState.CONNECTED, LinkState.CONNECTING})


def findings(situation: Situation) -> Iterator[Draft]:
    """A link that is down is critical: what pgvigil can't reach, an application can't either."""
    link = situation.link
    if link is None or link.state in _UP:
        return
    lasted = (situation.now - link.since).total_seconds()
    yield Draft(
        fingerprint="link.down",
        area=Area.SERVER,
        severity=Severity.CRITICAL,
        title=link.what or f"The server is {link.state.value}",
        detail=f"{link.why or link.state.value} (for {duration(lasted)})",
        advice=link.remedy,
        since=link.since,
    )
