"""The settings in force: defaults, and over them what the config file says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from core.config.encryption_settings import KeySettings
from core.config.paths import default_config_file, named_config_file
from core.config.settings import Settings


def load_settings(path: Path | None = None) -> Settings:
    """Settings from ``path``, else ``$PGVIGIL_CONFIG``, else the default place.

    A file that was named must be there; where the default one is missing, the defaults are in
    force. A key without a source is in ``keys/NAME.key`` beside the file that was named.

    Raises:
        InvalidConfigError: the file can't be used; a ``ConfigError`` with every problem at once.
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
    return examined.settings if named is None else _with_keys_beside(examined.settings, named)


def _with_keys_beside(settings: Settings, config: Path) -> Settings:
    """``settings`` in which each key without a source has its file beside ``config``."""
    # Jobs get their settings without the name of the config, so the place is told here.
    folder = config.absolute().parent / "keys"
    keys = {settings.encryption.key: KeySettings(), **settings.keys}
    found = {
        name: KeySettings(file=str(folder / f"{name}.key")) if given == KeySettings() else given
        for name, given in keys.items()
    }
    return replace(settings, keys=found)
