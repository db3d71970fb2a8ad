"""What kind of server it is, where that limits what can be said of it."""

from __future__ import annotations

from collections.abc import Iterator

from core.assess.situation import Draft, Situation
from core.model.health import Area, Severity
from core.model.server import ServerInfo
from core.model.versions import NEWEST, OLDEST, is_newer


def findings(situation: Situation) -> Iterator[Draft]:
    """A standby, a pooler, a version to come, a second name: worth a note, not a warning."""
    server = situation.server
    if not isinstance(server, ServerInfo):
        return
    if server.in_recovery:
        yield Draft(
            fingerprint="server.standby",
            area=Area.SERVER,
            severity=Severity.INFO,
            title="The server is a standby",
            detail="it is in recovery: reads only, and its statistics are its own",
            advice="Watch the primary too; it is where writes, locks and growth happen.",
        )
    if server.via_pooler:
        yield Draft(
            fingerprint="server.pooler",
            area=Area.SERVER,
            severity=Severity.INFO,
            title="Connected through a pooler",
            detail="a pooler in transaction mode hides which client holds which session",
            advice="Give pgvigil the server's own host and port for everything.",
        )
    if is_newer(server.version_num):
        yield Draft(
            fingerprint="server.newer",
            area=Area.SERVER,
            severity=Severity.INFO,
            title=f"PostgreSQL {server.major} is newer than this pgvigil",
            detail=f"it knows PostgreSQL {OLDEST} to {NEWEST} and asks as it would {NEWEST}",
            advice="Install a newer pgvigil; until then what is refused is shown as unknown.",
        )
    if situation.also_watched_as:
        names = ", ".join(situation.also_watched_as)
        yield Draft(
            fingerprint="server.also_watched",
            area=Area.SERVER,
            severity=Severity.INFO,
            title=f"This is also watched as {names}",
            detail="it is the same server, reached in another way, and each name is sampled",
            advice="Use one name, so that it is sampled once.",
        )
