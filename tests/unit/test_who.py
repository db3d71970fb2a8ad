"""Who is told to have done something: the person, not only the account that they work by."""

from __future__ import annotations

import os
import pwd

import pytest

from core.api import who

ACCOUNT = pwd.getpwuid(os.geteuid()).pw_name


@pytest.mark.parametrize(
    ("login_uid", "environment", "person"),
    [
        (None, {}, "postgres"),
        (None, {"SUDO_USER": "anna"}, "anna"),
        (None, {"SUDO_USER": ""}, "postgres"),
        # What the kernel kept can't be made up.
        (os.geteuid(), {"SUDO_USER": "anna"}, ACCOUNT),
        (4_000_000_001, {}, "4000000001"),
    ],
)
def test_a_person_is_who_logged_in(
    login_uid: int | None, environment: dict[str, str], person: str
) -> None:
    assert who._person(login_uid, environment, "postgres") == person


def test_it_is_told_with_the_account_and_where_from(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(who, "_login_uid", lambda: None)
    monkeypatch.setenv("SSH_CLIENT", "192.0.2.7 50000 22")
    monkeypatch.delenv("SUDO_USER", raising=False)
    assert who.me() == f"{ACCOUNT}@192.0.2.7"
    monkeypatch.setenv("SUDO_USER", "anna")
    assert who.me() == f"anna as {ACCOUNT}@192.0.2.7"
