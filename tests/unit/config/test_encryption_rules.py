"""What is wrong with the keys of the config is said before a backup needs them."""

from __future__ import annotations

import pytest

from core.config.check import examine

ROTATION = """
[encryption]
key = "new"
[keys.new]
[keys.old]
file = "/etc/pgvigil/old.key"
"""


def problems(text: str) -> list[str]:
    return [problem.describe() for problem in examine(text).problems]


@pytest.mark.parametrize("text", ["", ROTATION, "[keys.main]\nenv = 'KEY'\n"])
def test_settings_that_fit_together_are_accepted(text: str) -> None:
    assert problems(text) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[encryption]\nkey = 'gone'\n[keys.main]\n", "there is no [keys.gone]"),
        ("[encryption]\nkey = '../main'\n", "can't be a key's name"),
        ("[keys.'a b']\n[keys.main]\n", "can't be a key's name"),
        ("[keys.main]\nenv = 'A'\nfile = 'b'\n", "given beside"),
        ("[keys.main]\nkeyring = 'no-user'\n", "service and user"),
        ("[keys.main]\npassphrase = 'hunter2'\n", "never written into the config"),
        ("[keys.main]\nenv = 'not-a-name!'\n", "name of an environment variable"),
    ],
)
def test_settings_that_do_not_fit_are_named(text: str, said: str) -> None:
    assert any(said in problem for problem in problems(text))
