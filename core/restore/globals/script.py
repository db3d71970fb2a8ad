"""The SQL that pg_dumpall wrote of roles, memberships, settings and tablespaces, as statements.

As ``dumpRoles``, ``dumpRoleMembership``, ``dumpRoleGUCPrivs``, ``dumpUserConfig`` and
``dumpTablespaces`` in PostgreSQL's ``pg_dumpall.c`` write it. What it says of the session that
reads it, and of passwords, is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from core.errors import BackupError
from core.postgres.text import python_codec

_TOKEN = re.compile(
    r"""
      (?P<skipped> --[^\n]* | (?m:^\\[^\n]*) )
    | (?P<name> "(?:[^"]|"")*" )
    | (?P<text> [eE]'(?:[^'\\]|''|\\.)*' | '(?:[^']|'')*' )
    | (?P<end> ; )
    | (?P<word> [^\s;"'(),=]+ )
    | (?P<space> \s+ )
    | (?P<mark> . )
    """,
    re.VERBOSE | re.DOTALL,
)
_ENCODING = re.compile(rb"SET client_encoding = '([^']*)'")
_ONLY_SUPERUSERS_GIVE = frozenset({"SUPERUSER", "REPLICATION", "BYPASSRLS"})
_DEFAULTS = re.compile(r"\b(?:NOSUPERUSER|NOREPLICATION|NOBYPASSRLS)\s+")
_OF_THE_SESSION = frozenset({"SET", "RESET", "SELECT"})


class Subject(StrEnum):
    """What a statement is about."""

    ROLE = "role"
    MEMBERSHIP = "membership"
    PARAMETER = "parameter"
    TABLESPACE = "tablespace"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement without a password; ``text`` has no semicolon.

    ``name`` is the role that it is about, of a membership the role that is granted, of a right on a
    parameter who gets it, or the tablespace. ``member`` is who gets a membership, ``grantor`` in
    whose name, ``owner`` a new tablespace's. ``attributes`` are those that only superusers give.
    """

    subject: Subject
    text: str
    name: str = ""
    member: str = ""
    grantor: str = ""
    owner: str = ""
    attributes: frozenset[str] = frozenset()


def statements(script: bytes) -> tuple[Statement, ...]:
    """The statements in their order.

    Raises:
        BackupError: it is not text in the encoding that it names.
    """
    found = _ENCODING.search(script)
    codec = python_codec(found[1].decode("ascii", "replace") if found else "UTF8")
    try:
        text = script.decode(codec)
    except UnicodeDecodeError as error:
        raise BackupError(
            "The backup's roles and tablespaces can't be read",
            why=f"they are not text in {codec}: {error.reason}",
            remedy="pgvigil backup export writes them as they are, for psql",
        ) from error
    split = (_statement(tokens) for tokens in _split(text))
    return tuple(each for each in split if each is not None)


Tokens = Sequence[re.Match[str]]


def _split(text: str) -> Iterator[Tokens]:
    tokens: list[re.Match[str]] = []
    for token in _TOKEN.finditer(text):
        if token.lastgroup == "end":
            yield tokens
            tokens = []
        elif token.lastgroup != "skipped" and (tokens or token.lastgroup != "space"):
            tokens.append(token)


def _statement(tokens: Tokens) -> Statement | None:
    """The statement, ``None`` where it is only about the session."""
    tokens = _without_password(tokens)
    words = [each for each in tokens if each.lastgroup != "space"]
    heads = [_head(each) for each in words]
    text = "".join(each[0] for each in tokens).strip()
    if not words or heads[0] in _OF_THE_SESSION:
        return None
    match heads[:2]:
        case ["CREATE" | "ALTER", "ROLE"]:
            given = frozenset(heads[3:]) & _ONLY_SUPERUSERS_GIVE if "WITH" in heads[3:4] else ()
            name = _name(words, 2)
            return Statement(Subject.ROLE, text, name, attributes=frozenset(given))
        case ["CREATE" | "ALTER", "TABLESPACE"]:
            owner = _after(words, heads, "OWNER") if heads[0] == "CREATE" else ""
            return Statement(Subject.TABLESPACE, text, _name(words, 2), owner=owner)
    if heads[0] in {"COMMENT", "SECURITY"} and "ON" in heads:
        about = heads.index("ON") + 1
        if heads[about : about + 1] in (["ROLE"], ["TABLESPACE"]):
            return Statement(Subject(heads[about].lower()), text, _name(words, about + 1))
    if heads[0] in {"GRANT", "REVOKE"}:
        return _of_rights(words, heads, text)
    return Statement(Subject.UNKNOWN, text)


def _of_rights(words: Tokens, heads: list[str], text: str) -> Statement:
    receiver = _after(words, heads, "TO") or _after(words, heads, "FROM")
    if "ON" not in heads:
        grantor = _after(words, heads, "BY")
        return Statement(Subject.MEMBERSHIP, text, _name(words, 1), receiver, grantor)
    about = heads.index("ON") + 1
    if heads[about : about + 1] == ["TABLESPACE"]:
        return Statement(Subject.TABLESPACE, text, _name(words, about + 1), receiver)
    if heads[about : about + 1] == ["PARAMETER"]:
        return Statement(Subject.PARAMETER, text, receiver)
    return Statement(Subject.UNKNOWN, text)


def _without_password(tokens: Tokens) -> Tokens:
    """The tokens without the word PASSWORD and what follows it."""
    kept: list[re.Match[str]] = []
    waiting = False
    for token in tokens:
        if _head(token) == "PASSWORD":
            waiting = True
            if kept and kept[-1].lastgroup == "space":
                kept.pop()
        elif not waiting:
            kept.append(token)
        elif token.lastgroup != "space":
            waiting = False
    return kept


def without_grantor(text: str) -> str:
    """A membership in nobody's name."""
    return re.sub(r"""\s+GRANTED\s+BY\s+(?:"(?:[^"]|"")*"|\S+)\s*$""", "", text)


def without_defaults(text: str) -> str:
    """ALTER ROLE … WITH, without what only superusers may say, and a new role has not anyway."""
    before, given, attributes = text.rpartition(" WITH ")
    return before + given + _DEFAULTS.sub("", attributes) if given else text


def _head(token: re.Match[str]) -> str:
    return token[0].upper() if token.lastgroup == "word" else ""


def _name(words: Tokens, at: int) -> str:
    if at >= len(words):
        return ""
    word = words[at]
    return word[0][1:-1].replace('""', '"') if word.lastgroup == "name" else word[0]


def _after(words: Tokens, heads: list[str], keyword: str) -> str:
    return _name(words, heads.index(keyword) + 1) if keyword in heads else ""
