"""What went wrong with a server, in words for a person: what, why, and what to do."""

from __future__ import annotations

from dataclasses import dataclass

from core.errors import ServerError
from core.model.server import LinkState


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a failed connection or question means; the fields are those of ``Link``."""

    state: LinkState
    what: str
    why: str = ""
    remedy: str = ""


class LinkError(ServerError):
    """There is no connection to the server (any more); ``state`` says what the link is now."""

    def __init__(self, explanation: Explanation) -> None:
        super().__init__(explanation.what, why=explanation.why, remedy=explanation.remedy)
        self.state = explanation.state


class ConnectError(LinkError):
    """The connection could not be made."""


class SessionLostError(LinkError):
    """The held connection is gone; only a new one helps."""


class QuestionError(ServerError):
    """One question failed, and the connection lives on.

    ``server_ms`` is the time that it took, an upper limit of what it cost the server.
    """

    def __init__(
        self, what: str, *, why: str = "", remedy: str = "", sqlstate: str = "", server_ms: float
    ) -> None:
        super().__init__(what, why=why, remedy=remedy)
        self.sqlstate = sqlstate
        self.server_ms = server_ms


def explain(error: BaseException, display: str) -> Explanation:
    """What ``error``, met while connecting to or asking ``display``, means for a person."""
    if isinstance(error, LinkError):
        return Explanation(error.state, error.what, error.why, error.remedy)
    if isinstance(error, ServerError):
        return Explanation(LinkState.REFUSED, error.what, error.why, error.remedy)
    return Explanation(LinkState.UNREACHABLE, f"no connection to {display}", str(error).strip())
