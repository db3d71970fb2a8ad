"""The way into a backup without pgvigil: a script, and a note, that lie beside every backup."""

from __future__ import annotations

from importlib.resources import files

_README = """\
This folder is a backup of PostgreSQL, taken by pgvigil.

  manifest.sealed   what it consists of; it was written last
  artifacts/        what pg_dump wrote, encrypted and authenticated
  wraps.json        the artifacts' keys, each encrypted with the key that your organisation keeps
  break-glass.py    opens all of it without pgvigil

With pgvigil: pgvigil backup import.

Without it, with Python 3.9 or newer, `pip install cryptography`, and the key:

  python3 break-glass.py OUT                    asks for the recovery key
  python3 break-glass.py OUT --key-file FILE
  python3 break-glass.py OUT --passphrase

It says which commands come next. An incremental backup refers to artifacts of earlier ones: keep
their folders beside this one. `python3 break-glass.py --check` tries everything and writes nothing.
"""


def script() -> bytes:
    """``break-glass.py``, as it is stored beside a backup."""
    return files(__package__).joinpath("standalone.py").read_bytes()


def readme() -> bytes:
    """``README.txt``, as it is stored beside a backup."""
    return _README.encode()
