"""Which collectors a server gets."""

from __future__ import annotations

from core.collect.collector import Collector
from core.collect.connections import ConnectionsCollector
from core.collect.databases import DatabasesCollector
from core.collect.server import ServerCollector
from core.collect.statements import StatementsCollector
from core.config.settings import CollectSettings
from core.postgres.capabilities import Capabilities


def collectors(capabilities: Capabilities, settings: CollectSettings) -> tuple[Collector, ...]:
    """Fresh collectors for one connection, in the order in which a console needs their answers."""
    return (
        ConnectionsCollector(capabilities, settings),
        ServerCollector(capabilities),
        StatementsCollector(capabilities, settings),
        DatabasesCollector(capabilities, settings),
    )
