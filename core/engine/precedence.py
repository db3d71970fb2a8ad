"""Whose settings a server is watched by, where the processes of one host were given different ones.

The newest wins: what a person has just written into the config is what they want to see. Hosts
are not compared, because each has a config of its own.
"""

from __future__ import annotations

from collections.abc import Iterable

from core.model.process import ProcessInfo, ProcessKind

WATCHING = frozenset({ProcessKind.WATCHER, ProcessKind.SERVICE})


def superseded(me: ProcessInfo, alive: Iterable[ProcessInfo]) -> frozenset[str]:
    """The servers of ``me`` that another process of this host watches by newer settings."""
    others = [each for each in alive if each.kind in WATCHING]
    return frozenset(
        server_id
        for server_id in me.servers
        if any(differs(me, each, server_id) and is_newer(each, me) for each in others)
    )


def differs(me: ProcessInfo, other: ProcessInfo, server_id: str) -> bool:
    """Whether both, of one host, were given a server's settings, and not the same."""
    if me.configuration is None or other.configuration is None or me.host != other.host:
        return False
    mine, theirs = me.configuration.digests, other.configuration.digests
    return (
        server_id in mine
        and server_id in theirs
        and server_id in other.servers
        and mine[server_id] != theirs[server_id]
    )


def is_newer(one: ProcessInfo, other: ProcessInfo) -> bool:
    """Whether ``one`` was given its settings after ``other``."""
    if one.configuration is None or other.configuration is None:
        return False
    return one.configuration.asked_at > other.configuration.asked_at
