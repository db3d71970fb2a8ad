"""Where consoles, services and watchers of one test meet."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.watching import Site, site


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Site]:
    """A state folder and a config with short paces; its watchers are gone in the end."""
    with site(tmp_path) as made:
        yield made
