"""Where things lie: the config file, the user's themes, what is remembered."""

from __future__ import annotations

from core.config.paths import config_file, state_folder, themes_folder

__all__ = ["config_file", "state_folder", "themes_folder"]
