"""What must hold between the keys of ``[encryption]`` and ``[keys.NAME]``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import NamedTuple

from core.config.encryption_settings import EncryptionSettings, KeySettings
from core.config.problems import KeyPath

_NAME = re.compile(r"[^\W_][\w-]{0,62}")


class BrokenEncryptionRule(NamedTuple):
    """Which key breaks a rule, what is wrong, and what is expected; is it the table's name."""

    path: KeyPath
    what: str
    expected: str
    is_name: bool = False


def broken_encryption_rules(
    encryption: EncryptionSettings, keys: Mapping[str, KeySettings]
) -> Iterator[BrokenEncryptionRule]:
    """Every rule that these settings break."""
    for name in (encryption.key, *keys):
        if not _NAME.fullmatch(name):
            path = ("keys", name) if name in keys else ("encryption", "key")
            wanted = "letters, digits, dashes and underscores, at most 63, a letter or digit first"
            yield BrokenEncryptionRule(path, "can't be a key's name", wanted, name in keys)
    if keys and encryption.key not in keys:
        yield BrokenEncryptionRule(
            ("encryption", "key"),
            f"is {encryption.key}, and there is no [keys.{encryption.key}]",
            f"one of {', '.join(keys)}, or a table [keys.{encryption.key}], which may be empty",
        )
    for name, key in keys.items():
        given = [field.name for field in fields(key) if getattr(key, field.name)]
        if len(given) > 1:
            what = f"is given beside {given[0]}"
            yield BrokenEncryptionRule(("keys", name, given[1]), what, "one source for the key")
