"""Keys that say where a secret comes from: a variable, a file or a program; never the secret."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Meta

from core.config.settings_types import about


def variable_of(secret: str) -> Meta:
    """That a key holds the name of an environment variable with ``secret``; empty: none."""
    return Meta(
        pattern=r"^([A-Za-z_][A-Za-z0-9_]*)?$",
        extra={"expected": f"the name of an environment variable, not the {secret} itself"},
    )


def file_of(secret: str, example: str) -> Meta:
    """What a key means that names a file with ``secret``."""
    return about(f"File whose first line is the {secret}; ~ is your home folder.", example)


def command_for(secret: str, example: Sequence[str]) -> Meta:
    """What a key means that names a program which prints ``secret``."""
    return Meta(
        description=f"Program and arguments that print the {secret}; no shell is used.",
        examples=[list(example)],
        extra={"names": "a program"},
    )
