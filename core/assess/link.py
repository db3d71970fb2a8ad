"""Is the server there?"""

from __future__ import annotations

from collections.abc import Iterator

from core.assess.situation import Draft, Situation
from core.model.health import Area, Severity
from core.model.server import LinkState

_UP = frozenset({LinkState.CONNECTED, LinkState.CONNECTING})


def findings(situation: Situation) -> Iterator[Draft]:
    """A link that is down is critical: what pgvigil can't reach, an application can't either."""
    link = situation.link
    if link is None or link.state in _UP:
        return
    yield Draft(
        fingerprint="link.down",
        area=Area.SERVER,
        severity=Severity.CRITICAL,
        title=link.what or f"The server is {link.state.value}",
        detail=link.why or link.state.value,
        advice=link.remedy,
        since=link.since,
    )
