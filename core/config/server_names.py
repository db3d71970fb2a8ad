"""Which names a config can give to servers."""

from __future__ import annotations

import re

RESERVED_SERVER_NAMES = frozenset(
    {
        "alerts", "audit", "backup", "config", "demo", "doctor", "drill", "help", "init", "jobs",
        "key", "restore", "schedule", "security", "serve", "status", "verify",
    }
)  # fmt: skip
"""A server can't have a command's name: ``pgvigil NAME`` would run the command."""

_SERVER_NAME = re.compile(r"[^\W_][\w.-]{0,62}")


def is_server_name(server_id: str) -> bool:
    """Whether an id is a name that a config gives, not the place of a server given as a DSN."""
    return _SERVER_NAME.fullmatch(server_id) is not None
