"""``[backup]`` names repositories that there are, and each of them once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from core.config.backup_rules import broken_backup_rules
from core.config.backup_settings import BackupSettings


def broken(*repositories: str, **changes: Any) -> list[str]:
    settings = replace(BackupSettings(), **changes)
    return [
        f"{found.path[-1]}: {found.what}" for found in broken_backup_rules(settings, repositories)
    ]


def test_without_a_word_nothing_is_wrong() -> None:
    assert broken() == []


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"copies": ("elsewhere",)}, "copies: names elsewhere, and there is no"),
        ({"copies": ("local", "local")}, "copies: names a repository twice"),
        ({"databases": ("all", "orders")}, "databases: names all and single ones"),
        ({"staging": "staging"}, "staging: is not a whole path"),
    ],
)
def test_a_mistake_is_told_where_it_stands(changes: dict[str, Any], complaint: str) -> None:
    (told,) = broken("local", **changes)
    assert told.startswith(complaint)


def test_what_fits_is_taken() -> None:
    changes = {"copies": ("local", "offsite"), "databases": ("all",), "staging": "~/staging"}
    assert broken("local", "offsite", **changes) == []
