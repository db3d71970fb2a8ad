"""Keys for the command line: made, shown, confirmed, taken back, tried, rotated."""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from core.api.backup_names import check_repositories
from core.api.key_rotation import rotated
from core.api.opening import opened
from core.api.who import me
from core.backup.keys.confirmation import check_typed_line
from core.backup.keys.derivation import Derivation
from core.backup.keys.key import KeyEncryptionKey
from core.backup.keys.key_file import key_from_text, write_key_file
from core.backup.keys.records import derivation_text, derivations_in, require_same
from core.backup.keys.recovery import recovery_lines
from core.backup.keys.rewrap import examine
from core.backup.keys.sources import KeySource, load_opening_keys, sources
from core.backup.repository.open import repository_named
from core.backup.verify.problems import reason_of
from core.config.settings import Settings
from core.errors import ConfigError, KeyMissingError, PgvigilError
from core.model.keys import BackupKeyState, KeyStatus, RotationReport
from core.store.store import Store


@dataclass(frozen=True, slots=True)
class MadeKey:
    """A key that was made.

    ``recovery_lines`` are the key itself, to be kept on paper; ``place`` is where it is now, and
    ``is_stored`` says whether it is there already or a person has to put it there.
    """

    name: str
    key_id: str
    place: str
    is_stored: bool
    recovery_lines: tuple[str, ...] = field(repr=False)


class Keys:
    """The keys of one config, and what its store knows of them."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self._settings = settings
        self._store = store
        self._sources = sources(settings.encryption, settings.keys)

    @property
    def name_for_new_backups(self) -> str:
        """The key that ``[encryption]`` names."""
        return self._settings.encryption.key

    def statuses(self) -> tuple[KeyStatus, ...]:
        """Every key of the config: whether it is at hand, and whether it was confirmed."""
        return tuple(self._status(source) for source in self._sources.values())

    def make(self, name: str) -> MadeKey:
        """A new key ``name``, written to its file where its source is one.

        Raises:
            KeyMissingError: there is one already, or it can't be written.
            ConfigError: the config has no such key, or its passphrase is too short.
        """
        source = self._source(name)
        key = self._derived(source) if source.is_passphrase else KeyEncryptionKey.generate()
        if source.file is not None:
            write_key_file(source.file, key)
        elif not source.is_passphrase:
            _refuse_where_there_is_one(source)
        is_stored = source.file is not None or source.is_passphrase
        self._store.backup_keys.register(key.key_id, name, derivation_text(key.derivation))
        self._note("make key", name, key)
        return MadeKey(name, key.key_id, source.place, is_stored, recovery_lines(key))

    def recovery_lines(self, name: str) -> tuple[str, ...]:
        """The key ``name`` as it is kept on paper; the audit log says that it was shown.

        Raises:
            KeyMissingError: it can't be had.
        """
        key = self._key(name)
        self._note("show recovery key", name, key)
        return recovery_lines(key)

    def confirm(self, name: str, line: int, typed: str) -> str:
        """Take a line (from 0) of the recovery key as proof that it is kept; gives the key's id.

        Raises:
            WrongKeyError: that is not the line.
            KeyMissingError: the key can't be had.
        """
        key = self._key(name)
        check_typed_line(key, line, typed)
        self._store.backup_keys.register(key.key_id, name, derivation_text(key.derivation))
        self._store.backup_keys.rename(key.key_id, name)
        self._store.backup_keys.confirm(key.key_id, me())
        self._note("confirm recovery key", name, key)
        return key.key_id

    def take(self, name: str, text: str) -> str:
        """Write a key that was kept elsewhere to the file of ``name``; gives the key's id.

        Raises:
            WrongKeyError: ``text`` is no whole key.
            KeyMissingError: there is a file already, or it can't be written.
            ConfigError: key ``name`` does not come from a file.
        """
        source = self._source(name)
        key = key_from_text(text)
        if source.file is None:
            raise ConfigError(
                f"Key {name} does not come from a file",
                why=f"the config says that it comes from {source.place}",
                remedy="put it there, or name a file in the config",
            )
        write_key_file(source.file, key)
        self._store.backup_keys.register(key.key_id, name)
        self._note("import key", name, key)
        return key.key_id

    def verify(self, repositories: Sequence[str]) -> Iterator[BackupKeyState]:
        """Each backup of the repositories (none named: of all), and whether a key opens it.

        A repository that can't be read keeps no other one from it: its state is of no backup.

        Raises:
            ConfigError: the config has no such repository.
        """
        check_repositories(repositories, self._settings)
        opening = load_opening_keys(self._settings.encryption, self._settings.keys)
        for name in repositories or tuple(self._settings.repositories):
            try:
                with closing(repository_named(name, self._settings.repositories)) as place:
                    yield from examine(place, opening)
            except PgvigilError as error:
                yield BackupKeyState(name, "", problem=reason_of(error))

    def rotate(
        self, repositories: Sequence[str]
    ) -> Generator[tuple[str, RotationReport], None, None]:
        """Bring every backup under the key for new ones; each repository's report as it grows.

        The keys themselves stay where they are; whoever takes an older one away does so afterwards,
        when no backup that may be sealed with it runs any more. A repository that fails, or that
        somebody else changes, keeps no other one from it: its report has the hindrance.

        Raises:
            ConfigError: the config has no such repository.
            KeyMissingError: the key for new backups can't be had.
            StoreError: the store can't be used.
        """
        yield from rotated(self._settings, self._store, repositories)

    def still_needed(self, key_ids: Collection[str]) -> dict[str, dict[str, int]]:
        """How many copies in each repository are under these keys, as far as the catalog knows.

        Raises:
            StoreError: the store can't be read.
        """
        in_use = self._store.catalog.copy_keys.in_use()
        return {each: in_use[each] for each in sorted(key_ids) if each in in_use}

    def _derived(self, source: KeySource) -> KeyEncryptionKey:
        passphrase = source.passphrase()
        least = self._settings.encryption.least_passphrase_characters
        if len(passphrase) < least:
            raise ConfigError(
                f"The passphrase of key {source.name} is too short",
                why=f"it has {len(passphrase)} characters; whoever has a backup can try them all "
                "for years",
                remedy=f"choose one of at least {least}: six words that were drawn by lot, say",
            )
        if any(record.name == source.name for record in self._store.backup_keys.all()):
            self._refuse_known(source)
        derivation = Derivation.fresh()
        return KeyEncryptionKey(derivation.key_from(passphrase), derivation)

    def _refuse_known(self, source: KeySource) -> None:
        """Two salts for one passphrase would make two keys of it, for nothing."""
        status = self._status(source)
        if status.record is not None:
            raise KeyMissingError(
                f"Key {source.name} has been made already",
                why=f"its id is {status.key_id}",
                remedy="to change keys, name another one in the config: `pgvigil key rotate`",
            )

    def _status(self, source: KeySource) -> KeyStatus:
        is_first = source.name == self._settings.encryption.key
        try:
            key = self._key(source.name)
            require_same(key, source.name, source.place, self._store.backup_keys.all())
        except PgvigilError as error:
            problem = f"{error.what}: {error.why}" if error.why else error.what
            return KeyStatus(source.name, source.place, is_first, problem=problem)
        record = self._store.backup_keys.get(key.key_id)
        return KeyStatus(source.name, source.place, is_first, key.key_id, record)

    def _key(self, name: str) -> KeyEncryptionKey:
        derivations = derivations_in(self._store.backup_keys.all())
        return self._source(name).key(derivations.get(name))

    def _source(self, name: str) -> KeySource:
        if name not in self._sources:
            raise ConfigError(
                f"There is no key {name}",
                why=f"the config has {', '.join(self._sources)}",
                remedy=f"add a table [keys.{name}] to it, which may be empty",
            )
        return self._sources[name]

    def _note(self, action: str, name: str, key: KeyEncryptionKey) -> None:
        self._store.audit.append(me(), action, f"key {name}", {"key_id": key.key_id})


@contextmanager
def open_keys(config: Path | None, state_folder: Path | None) -> Iterator[Keys]:
    """The keys of a config; the store is made where there is none.

    Raises:
        ConfigError: the config can't be used.
        StoreError: the store can't be used.
    """
    with opened(config, state_folder) as its:
        yield Keys(its.settings, its.store)


def _refuse_where_there_is_one(source: KeySource) -> None:
    try:
        key = source.key()
    except KeyMissingError:
        return
    raise KeyMissingError(
        f"There is a key {source.name} already",
        why=f"{source.place} gives key {key.key_id}",
        remedy=f"`pgvigil key confirm {source.name}`, or name another key in the config",
    )
