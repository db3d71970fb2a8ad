"""Where a server of our own listens, and its URL."""

from __future__ import annotations

import secrets
import socket
from urllib.parse import quote, urlencode

HOST = "127.0.0.1"
# Below Linux's range for outgoing connections (ip_local_port_range, 32768 and up), so that a
# server that restarts finds its port free.
_PORTS = range(20_000, 32_000)


def url(authority: str, dbname: str, user: str, password: str, query: dict[str, str]) -> str:
    """A postgresql:// URL with a password; ``query`` are further parameters."""
    login = f"{quote(user, safe='')}:{quote(password, safe='')}"
    end = f"?{urlencode(query)}" if query else ""
    return f"postgresql://{login}@{authority}/{quote(dbname, safe='')}{end}"


def free_port() -> int:
    """A port of ``HOST`` that nobody listens on at this moment."""
    while True:
        port = secrets.choice(_PORTS)
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return port
