"""The error of this package."""

from __future__ import annotations

from core.errors import ServerError


class EmbeddedServerError(ServerError):
    """A PostgreSQL server of our own could not be unpacked, set up, started or stopped."""
