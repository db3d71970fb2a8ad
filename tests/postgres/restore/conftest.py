"""A host whose backups are restored."""

from tests.postgres.backup.conftest import site

__all__ = ["site"]
