"""What the words of a restore that failed mean."""

from __future__ import annotations

import pytest

from core.restore.failure import explained


@pytest.mark.parametrize(
    ("said", "what", "remedy"),
    [
        (
            'pg_restore: error: role "app" does not exist',
            "The server has no role app: orders",
            "create the roles",
        ),
        (
            "ERROR:  could not open extension control file: No such file or directory",
            "The server does not have an extension that the backup needs: see below: orders",
            "install its package",
        ),
        ("no space left on DEVICE", "The server's disk was full", "make room on the server"),
        ("it went wrong", "The restore failed: orders", "see the job's log"),
    ],
)
def test_the_words_of_a_failed_restore_say_what_to_do(said: str, what: str, remedy: str) -> None:
    error = explained(said, "orders")

    assert error.what.startswith(what)
    assert error.why == said
    assert remedy in error.remedy


def test_where_nothing_was_said_that_is_told() -> None:
    assert explained("", "orders").why == "the program said nothing"
