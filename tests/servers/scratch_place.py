"""Where the scratch servers of one test are made, and nobody else's."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def scratch_place() -> Iterator[Path]:
    """A folder below the system's, as short as a socket's path asks for, which others may enter."""
    folder = Path(tempfile.mkdtemp(prefix="pgv-"))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)
