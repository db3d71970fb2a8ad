"""How backups are encrypted, and where the keys come from; never a key itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from msgspec import Meta

from core.config.secret_references import command_for, variable_of
from core.config.settings_types import Seconds, about


@dataclass(frozen=True, slots=True)
class EncryptionSettings:
    """How backups are encrypted; pgvigil key init makes the key."""

    enabled: Annotated[
        bool, about("Off: whoever can read a repository can read the backups in it.")
    ] = True
    key: Annotated[
        str,
        Meta(min_length=1),
        about("Name of the key that new backups are sealed with; see [keys.NAME]."),
    ] = "main"
    recovery_kept_by: Annotated[
        str,
        about(
            "Who keeps a copy of the key elsewhere; else it is confirmed with pgvigil key confirm.",
            "security team, vault item pgvigil/main",
        ),
    ] = ""
    command_timeout_seconds: Annotated[
        Seconds, about("Seconds that a program may take to print a key or a passphrase.")
    ] = 30
    least_passphrase_characters: Annotated[
        int, Meta(ge=1, le=1000), about("A shorter passphrase is refused by pgvigil key init.")
    ] = 16


@dataclass(frozen=True, slots=True)
class KeySettings:
    """Where a key comes from; with none of these, from keys/NAME.key beside the config.

    During a rotation there are several: encryption.key names the one for new backups, the others
    open older ones.
    """

    file: Annotated[
        str,
        about(
            "File with the key, for its owner's eyes only; ~ is your home folder.",
            "/etc/pgvigil/main.key",
        ),
    ] = ""
    env: Annotated[
        str, variable_of("key"), about("Environment variable with the key.", "PGVIGIL_KEY")
    ] = ""
    command: Annotated[
        tuple[str, ...],
        command_for("key", ["vault", "kv", "get", "-field=key", "secret/pgvigil"]),
    ] = ()
    keyring: Annotated[
        str,
        Meta(
            pattern=r"^([^/]+/.+)?$",
            extra={"expected": 'service and user of an entry, such as "pgvigil/main"'},
        ),
        about("Entry of the desktop's or the system's keyring with the key.", "pgvigil/main"),
    ] = ""
    passphrase_env: Annotated[
        str,
        variable_of("key"),
        about("Environment variable with a passphrase instead of a key.", "PGVIGIL_PASSPHRASE"),
    ] = ""
    passphrase_file: Annotated[
        str, about("File whose first line is the passphrase.", "/etc/pgvigil/main.passphrase")
    ] = ""
    passphrase_command: Annotated[
        tuple[str, ...],
        about("Program and arguments that print the passphrase.", ["pass", "show", "pgvigil"]),
    ] = ()
