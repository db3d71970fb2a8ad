"""Where the file of a key is."""

from __future__ import annotations

from pathlib import Path

from core.config.encryption_settings import KeySettings
from core.config.paths import config_folder, with_home


def secret_file(name: str, key: KeySettings) -> Path | None:
    """The file that holds a key or its passphrase; ``None`` where it comes from elsewhere."""
    if named := key.file or key.passphrase_file:
        return with_home(Path(named))
    if key.env or key.command or key.keyring or key.passphrase_env or key.passphrase_command:
        return None
    return config_folder() / "keys" / f"{name}.key"
