"""What went wrong with a server, in words for a person: what, why, and what to do."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, replace

import psycopg

from core.errors import ServerError
from core.model.server import LinkState
from core.postgres.failure_cases import CONNECTIONS, NO_PASSWORD, Case
from core.postgres.password_file import ignored_password_file
from core.postgres.sqlstates import SQLSTATES
from core.postgres.target import Target

_LONGEST_TEXT = 500


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

    def __init__(self, explanation: Explanation, *, sqlstate: str, server_ms: float) -> None:
        super().__init__(explanation.what, why=explanation.why, remedy=explanation.remedy)
        self.sqlstate = sqlstate
        self.server_ms = server_ms


def explain(error: BaseException, target: Target) -> Explanation:
    """What ``error``, met while connecting to or asking ``target``, means for a person.

    The SQLSTATE decides where there is one; then the text; else the text is shown as it came,
    without the secrets of ``target``.
    """
    if isinstance(error, LinkError):
        return Explanation(error.state, error.what, error.why, error.remedy)
    if isinstance(error, ServerError):
        return Explanation(LinkState.REFUSED, error.what, error.why, error.remedy)
    said = str(error).strip() or ("timeout expired" if isinstance(error, TimeoutError) else "")
    said = said or type(error).__name__
    text = _without_secrets(said, target)[:_LONGEST_TEXT]
    sqlstate = error.sqlstate if isinstance(error, psycopg.Error) else None
    if sqlstate and (case := SQLSTATES.get(sqlstate)):
        return _explained(case, {}, text, target)
    for case in CONNECTIONS:
        if match := case.pattern.search(said):
            found = _explained(case, match.groupdict(), text, target)
            return _blaming_the_file(found, target) if case is NO_PASSWORD else found
    if sqlstate and not sqlstate.startswith("08"):
        what = f"{target.display} refused a question (SQLSTATE {sqlstate})"
        return Explanation(LinkState.CONNECTED, what, text)
    refused = "FATAL" in text
    return Explanation(
        LinkState.REFUSED if refused else LinkState.UNREACHABLE,
        f"{target.display} refused the connection"
        if refused
        else f"no connection to {target.display}",
        text,
        "look into the server's log for the moment of the attempt" if refused else "",
    )


def _blaming_the_file(found: Explanation, target: Target) -> Explanation:
    """``found``, or why libpq took no password from its file, where that has one for others too."""
    path = ignored_password_file(target)
    if path is None:
        return found
    return replace(
        found,
        why=f"libpq ignores {path}: its mode lets others than its owner at it",
        remedy=f"chmod 600 {shlex.quote(str(path))}",
    )


def _explained(case: Case, groups: dict[str, str | None], text: str, target: Target) -> Explanation:
    words = {name: value or "" for name, value in groups.items()} | {"target": target.display}
    return Explanation(
        case.state,
        case.what.format(**words),
        case.why.format(**words) or text,
        case.remedy.format(**words),
    )


def _without_secrets(text: str, target: Target) -> str:
    """``text`` with stars for secrets that stand there as words of their own.

    Stars within a word would tell which letters the secret has, and hide the message.
    """
    for secret in target.secrets():
        before = r"(?<!\w)" if secret[0].isalnum() else ""
        after = r"(?!\w)" if secret[-1].isalnum() else ""
        text = re.sub(before + re.escape(secret) + after, "***", text)
    return text
