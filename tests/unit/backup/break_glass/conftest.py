"""The script runs where there is nothing of pgvigil: only cryptography is to be found."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest

from core.backup.break_glass import script

Run = Callable[..., "subprocess.CompletedProcess[str]"]
"""Runs the script with arguments and standard input."""

_NEEDED = ("cryptography", "cffi", "_cffi_backend", "pycparser")
_START = """\
import runpy, sys
sys.path.append(sys.argv.pop(1))
try:
    import core
except ImportError:
    pass
else:
    sys.exit("pgvigil is to be found")
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


@pytest.fixture(scope="session")
def libraries(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("libraries")
    for name in _NEEDED:
        spec = find_spec(name)
        if spec is not None and spec.origin is not None:
            origin = Path(spec.origin)
            source = origin.parent if origin.name == "__init__.py" else origin
            (folder / source.name).symlink_to(source)
    return folder


@pytest.fixture
def run_script(libraries: Path, tmp_path: Path) -> Run:
    path = tmp_path / "break-glass.py"
    path.write_bytes(script())

    def run(*arguments: object, given: str = "") -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-I", "-S", "-c", _START, str(libraries), str(path)]
        return subprocess.run(
            [*command, *map(str, arguments)],
            input=given,
            capture_output=True,
            text=True,
            cwd=tmp_path,
            timeout=60,
            check=False,
        )

    return run
