"""A config and its store, opened for one command."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from core.config.load import load_settings
from core.config.paths import state_folder as default_state_folder
from core.config.settings import Settings
from core.store.store import Store


@dataclass(frozen=True, slots=True)
class Opened:
    """The settings, their store, and the state folder."""

    settings: Settings
    store: Store
    folder: Path


@contextmanager
def opened(
    config: Path | None, state_folder: Path | None, *, settings: Settings | None = None
) -> Iterator[Opened]:
    """A config, or ``settings``, with its store, which is made where there is none.

    Raises:
        ConfigError: the config can't be used.
        StoreError: the store can't be used.
    """
    settings = settings or load_settings(config)
    folder = state_folder or default_state_folder()
    store = Store.open(settings.store, state_folder=folder, migrate=True)
    try:
        yield Opened(settings, store, folder)
    finally:
        store.close()
