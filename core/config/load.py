"""The settings in force: defaults, and over them what the config file says."""

from __future__ import annotations

from pathlib import Path

from core.config.paths import default_config_file, named_config_file
from core.config.settings import Settings


def load_settings(path: Path | None = None) -> Settings:
    """Settings from ``path``, else ``$PGVIGIL_CONFIG``, else the default place.

    A file that was named must be there; where the default one is missing, the defaults are in
    force. Raises ``InvalidConfigError``, a ``ConfigError``, with every problem at once.
    """
    named = named_config_file(path)
    source = named or default_config_file()
    if named is None and not source.exists():
        return Settings()
    from core.config.check import examine
    from core.config.problems import InvalidConfigError
    from core.config.source import read_text

    examined = examine(read_text(source), str(source))
    if examined.problems:
        raise InvalidConfigError(str(source), examined.problems)
    return examined.settings
