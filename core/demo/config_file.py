"""Settings as a config file: what another console needs to look at the same."""

from __future__ import annotations

import os
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

import msgspec
import tomli_w

from core.config.settings import Settings

_HEAD = "# The config of a running demo: pgvigil demo made it, and takes it away in the end.\n\n"


def write_config(path: Path, settings: Settings) -> None:
    """Write ``settings`` to the file ``path``, for its owner alone; what was there is replaced.

    Raises:
        OSError: it can't be written.
    """
    unfinished = path.with_name(f"{path.name}.{os.getpid()}")
    unfinished.touch(mode=0o600)
    unfinished.write_text(config_text(settings))
    unfinished.rename(path)


def config_text(settings: Settings) -> str:
    """The config file that says what ``settings`` say: only what is not the default anyway."""
    sections = {field.name: getattr(settings, field.name) for field in fields(settings)}
    said = {name: _said(value) for name, value in sections.items()}
    return _HEAD + tomli_w.dumps({name: value for name, value in said.items() if value})


def _said(section: Any) -> Any:
    """A section, named sections, or a list of sections."""
    if isinstance(section, dict):
        return {name: _changed(entry) for name, entry in section.items()}
    if isinstance(section, tuple):
        return [_changed(entry) for entry in section]
    return _changed(section)


def _changed(section: Any) -> dict[str, Any]:
    """The keys of one section that are not default; a default one of several keys stays whole."""
    given = {}
    for field in fields(section):
        value = getattr(section, field.name)
        default = field.default if field.default is not MISSING else None
        if value not in (None, default):
            given[field.name] = msgspec.to_builtins(value)
    return given
