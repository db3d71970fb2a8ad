"""Where keys come from: a file, a variable, a program, the system's keyring, or a passphrase."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.backup.keys.derivation import Derivation
from core.backup.keys.key import KeyEncryptionKey
from core.backup.keys.key_file import key_from_text, mistaken, read_secret_file
from core.backup.keys.ring import KeyRing, OpeningKeys
from core.config.encryption_settings import EncryptionSettings, KeySettings
from core.config.key_places import secret_file
from core.config.paths import with_home
from core.config.secret_command import TooMuchOutputError, run_secret_command
from core.errors import KeyMissingError, PgvigilError, WrongKeyError

_MOST_OUTPUT = 4096


@dataclass(frozen=True, slots=True)
class KeySource:
    """One key of the config, and how to get it; nothing is fetched before it is asked for."""

    name: str
    settings: KeySettings
    command_timeout_seconds: float

    @property
    def is_passphrase(self) -> bool:
        """Whether it gives a passphrase, from which a key is derived."""
        given = self.settings
        return bool(given.passphrase_env or given.passphrase_file or given.passphrase_command)

    @property
    def file(self) -> Path | None:
        """The key file; ``None`` where the key is elsewhere."""
        return None if self.is_passphrase else secret_file(self.name, self.settings)

    @property
    def place(self) -> str:
        """Where it comes from, in words; holds no secret."""
        given = self.settings
        variable, command = given.env or given.passphrase_env, self._command
        if variable:
            return f"variable {variable}"
        if command:
            return f"program {command[0]}"
        if given.keyring:
            return f"keyring entry {given.keyring}"
        return f"file {self.file or with_home(Path(given.passphrase_file))}"

    def key(self, derivation: Derivation | None = None) -> KeyEncryptionKey:
        """The key; one from a passphrase needs the ``derivation`` that made it.

        Raises:
            KeyMissingError: the source gives none, or is open to others.
            WrongKeyError: what it gives is no whole key.
        """
        if not self.is_passphrase:
            try:
                return key_from_text(self._fetch())
            except WrongKeyError as error:
                raise mistaken(self._title, error) from None
        if derivation is None:
            raise KeyMissingError(
                f"Key {self.name} has not been made here yet",
                why="a key is derived from a passphrase and a salt, and no salt is known",
                remedy=f"pgvigil key init {self.name}",
            )
        return KeyEncryptionKey(derivation.key_from(self.passphrase()), derivation)

    def passphrase(self) -> str:
        """The passphrase: the first line of what the source gives.

        Raises:
            KeyMissingError: the source gives none, or is open to others.
        """
        lines = self._fetch().splitlines()
        if not lines or not lines[0]:
            raise KeyMissingError(
                f"{self._title} is empty",
                why=f"{self.place} gives an empty first line",
                remedy="write the passphrase there, alone in the first line",
            )
        return lines[0]

    @property
    def _title(self) -> str:
        return f"The {'passphrase' if self.is_passphrase else 'key'} {self.name} ({self.place})"

    @property
    def _command(self) -> Sequence[str]:
        return self.settings.command or self.settings.passphrase_command

    def _fetch(self) -> str:
        given = self.settings
        if variable := given.env or given.passphrase_env:
            return self._from_variable(variable)
        if self._command:
            return self._from_command(self._command)
        if given.keyring:
            return self._from_keyring(given.keyring)
        path = self.file or with_home(Path(given.passphrase_file))
        kind = "passphrase" if self.is_passphrase else "key"
        return read_secret_file(path, f"The file of {kind} {self.name}")

    def _from_variable(self, variable: str) -> str:
        text = os.environ.get(variable, "")
        if not text:
            state = "empty" if variable in os.environ else "not set"
            raise KeyMissingError(
                f"{self._title} is not to be had",
                why=f"the environment variable {variable} is {state}",
                remedy=f"set {variable} where pgvigil runs (for a service: in its unit)",
            )
        return text

    def _from_command(self, command: Sequence[str]) -> str:
        try:
            done = run_secret_command(
                command, seconds=self.command_timeout_seconds, most_bytes=_MOST_OUTPUT
            )
        except subprocess.TimeoutExpired:
            raise self._command_failed(
                f"it gave no answer within {self.command_timeout_seconds:g} s"
            ) from None
        except TooMuchOutputError:
            raise self._command_failed(
                f"it printed more than {_MOST_OUTPUT} bytes, and was ended"
            ) from None
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise self._command_failed(f"it can't be started: {reason}") from error
        if done.status != 0:
            last = done.last_words or "nothing on standard error"
            raise self._command_failed(f"exit status {done.status}; it said: {last}")
        if not done.output.strip():
            raise self._command_failed(f"it printed {len(done.output)} bytes")
        return done.output.decode("utf-8", "replace")

    def _command_failed(self, why: str) -> KeyMissingError:
        return KeyMissingError(
            f"{self._title} is not to be had",
            why=why,
            remedy="run the program by hand, as the user that pgvigil runs as",
        )

    def _from_keyring(self, entry: str) -> str:
        service, _, user = entry.partition("/")
        try:
            import keyring
            from keyring.errors import KeyringError
        except ImportError as error:
            raise KeyMissingError(
                f"{self._title} is not to be had",
                why="the library keyring is not installed",
                remedy="uv tool install 'pgvigil[keyring]'",
            ) from error
        try:
            text = keyring.get_password(service, user)
        except (KeyringError, OSError, RuntimeError) as error:
            raise KeyMissingError(
                f"{self._title} is not to be had",
                why=f"the keyring says: {error}",
                remedy="unlock it, or use a file: services rarely have a keyring",
            ) from error
        if not text:
            raise KeyMissingError(
                f"{self._title} is not to be had",
                why="the keyring has no such entry",
                remedy=f"keyring set {service} {user}, and give it the key",
            )
        return text


def sources(
    encryption: EncryptionSettings, keys: Mapping[str, KeySettings]
) -> dict[str, KeySource]:
    """Every key of the config by its name, the one for new backups first."""
    named = {encryption.key: keys.get(encryption.key, KeySettings()), **keys}
    seconds = encryption.command_timeout_seconds
    return {name: KeySource(name, settings, seconds) for name, settings in named.items()}


def load_ring(
    encryption: EncryptionSettings,
    keys: Mapping[str, KeySettings],
    derivations: Mapping[str, Derivation],
) -> KeyRing:
    """The keys of the config: the one for new backups, and those that open older ones.

    ``derivations`` are those of keys from passphrases, by the keys' names. An older key that can't
    be had is no error before a backup needs it.

    Raises:
        KeyMissingError: the key for new backups can't be had.
        WrongKeyError: it is no whole key.
    """
    here = sources(encryption, keys)
    if not encryption.enabled:
        found = _Found.of(here.values(), derivations)
        return KeyRing(None, found.keys, passphrases=found.passphrases, absent=found.absent)
    first = here.pop(encryption.key)
    primary = first.key(derivations.get(first.name))
    found = _Found.of(here.values(), derivations)
    passphrases = [*([first.passphrase()] if first.is_passphrase else []), *found.passphrases]
    return KeyRing(primary, found.keys, passphrases=passphrases, absent=found.absent)


def load_opening_keys(
    encryption: EncryptionSettings, keys: Mapping[str, KeySettings]
) -> OpeningKeys:
    """Whatever keys of the config can be had, to open backups and nothing else."""
    found = _Found.of(sources(encryption, keys).values(), {})
    return OpeningKeys(found.keys, passphrases=found.passphrases, absent=found.absent)


@dataclass(frozen=True, slots=True)
class _Found:
    """What sources gave, and sentences about those that gave nothing."""

    keys: tuple[KeyEncryptionKey, ...]
    passphrases: tuple[str, ...]
    absent: tuple[str, ...]

    @classmethod
    def of(cls, given: Iterable[KeySource], derivations: Mapping[str, Derivation]) -> _Found:
        keys, passphrases, absent = [], [], []
        for source in given:
            derivation = derivations.get(source.name)
            try:
                if source.is_passphrase:
                    passphrases.append(source.passphrase())
                if not source.is_passphrase or derivation is not None:
                    keys.append(source.key(derivation))
            except PgvigilError as error:
                absent.append(f"{error.what}: {error.why}")
        return cls(tuple(keys), tuple(passphrases), tuple(absent))
