"""Hosts that prune."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.prune.pruning import SEALING, SETTINGS
from tests.contract.repositories import Place, small_folder
from tests.servers.backed_up import BackedUp, backed_up


@pytest.fixture
def host(place: Place, tmp_path: Path) -> Iterator[BackedUp]:
    """A host with one repository, ten days after the begin."""
    with backed_up(tmp_path, {"only": place.settings}, SEALING, **SETTINGS) as host:
        host.later(days=12)
        yield host


@pytest.fixture
def other(place: Place, tmp_path: Path) -> Iterator[BackedUp]:
    """Another host with a store of its own, on the same repository."""
    with backed_up(tmp_path, {"only": place.settings}, SEALING, host="two", **SETTINGS) as host:
        host.later(days=12)
        yield host


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[BackedUp]:
    """A host with two repositories."""
    places = {name: small_folder(tmp_path / name).settings for name in ("near", "far")}
    with backed_up(tmp_path, places, SEALING, **SETTINGS) as host:
        host.later(days=12)
        yield host
