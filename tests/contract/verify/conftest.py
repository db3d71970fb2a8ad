"""A host whose copies are verified."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.config.verify_settings import VerifySettings
from tests.contract.repositories import Place, small_folder
from tests.contract.verify.verifying import SEALING
from tests.servers.backed_up import BackedUp, backed_up


@pytest.fixture
def host(place: Place, tmp_path: Path) -> Iterator[BackedUp]:
    """A host that keeps two copies: one in each kind of repository, one in a folder."""
    places = {"first": place.settings, "second": small_folder(tmp_path / "second").settings}
    verify = VerifySettings(level="sealed", share=1)
    with backed_up(tmp_path, places, SEALING, verify=verify) as host:
        host.later(days=60)
        yield host
