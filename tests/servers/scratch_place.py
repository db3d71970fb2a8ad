"""Where the scratch servers of one test are made, and nobody else's."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.memory import temporary_files


@contextmanager
def scratch_place() -> Iterator[Path]:
    """A folder with as short a path as a socket asks for, which others may enter."""
    folder = Path(tempfile.mkdtemp(prefix="pgv-", dir=temporary_files()))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)
