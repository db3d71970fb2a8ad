"""The small plain objects of a repository: JSON that names its format and its version.

Its last member is a SHA-256 of the rest: a bit that flipped on a disk is found before it says that
a backup is somebody else's, or that it expired. It proves nothing against a person.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from hashlib import sha256
from io import StringIO
from typing import Any

from core.errors import BackupError, DamagedArtifactError, NewerFormatError
from core.model.plain_text import is_plain

VERSION = 1

_DIGEST = "digest"


def write_document(kind: str, content: Mapping[str, Any]) -> bytes:
    """The bytes of a document of ``kind``.

    Raises:
        BackupError: a text in it could not be read again.
    """
    written = _written({"format": kind, "version": VERSION, **content})
    if (text := _not_plain(written, content)) is not None:
        raise BackupError(
            f"A {kind} can't be written",
            why=f"{text!r} has bytes that are no text",
            remedy="say it in the encoding of your terminal (locale), or in plain ASCII",
        )
    return written


def read_document(data: bytes, kind: str, path: str) -> dict[str, Any]:
    """What the document at ``path`` says.

    Raises:
        DamagedArtifactError: it is none of ``kind``, or a byte of it is not as it was written.
        NewerFormatError: a newer pgvigil wrote it.
    """
    try:
        return _read(data, kind, path)
    except (ValueError, RecursionError) as error:
        raise _damaged(path, str(error)) from None


def _read(data: bytes, kind: str, path: str) -> dict[str, Any]:
    document = json.loads(data)
    if not isinstance(document, dict) or document.get("format") != kind:
        raise _damaged(path, f"it is not a {kind}")
    version = document.get("version")
    if type(version) is not int or version < 1:
        raise _damaged(path, f"its version is {version!r}")
    document.pop(_DIGEST, None)
    if _written(document) != data and (version <= VERSION or _was_ours(document, data)):
        raise _damaged(path, "a part of it is not as it was written")
    if (text := _not_plain(data, document)) is not None:
        raise _damaged(path, f"{text!r} in it is no text")
    if version > VERSION:
        raise NewerFormatError(
            f"{path} was written by a newer pgvigil",
            why=f"its version is {version}, this pgvigil knows {VERSION}",
            remedy="use a newer pgvigil; this one touches nothing there",
        )
    return document


def _written(document: Mapping[str, Any]) -> bytes:
    # The digest is put behind what was hashed: laying out 10,000 keys anew takes its time.
    # And as it is laid out piece by piece, its many pieces are never held all at once.
    out = StringIO()
    out.writelines(json.JSONEncoder(indent=1).iterencode(document))
    content = out.getvalue().encode()
    out.close()
    digest = f',\n "{_DIGEST}": "{sha256(content).hexdigest()}"\n}}'.encode()
    return b"".join((memoryview(content)[:-2], digest))


def _not_plain(data: bytes, value: object) -> str | None:
    """A text of the document that no store takes; it stands escaped in ``data``."""
    if b"\\u" not in data:
        return None
    if isinstance(value, str):
        return None if is_plain(value) else value
    parts = value.items() if isinstance(value, Mapping) else value
    if not isinstance(parts, Iterable):
        return None
    found = (_not_plain(data, each) for each in parts)
    return next((each for each in found if each is not None), None)


def _was_ours(document: Mapping[str, Any], data: bytes) -> bool:
    """Whether only the version is not as it was written: no newer pgvigil wrote that."""
    ours, theirs = (f'"version": {each}'.encode() for each in (VERSION, document["version"]))
    return _written({**document, "version": VERSION}) == data.replace(theirs, ours, 1)


def text_in(document: Mapping[str, Any], key: str, path: str) -> str:
    """A text of the document.

    Raises:
        DamagedArtifactError: there is none.
    """
    value = document.get(key)
    if not isinstance(value, str):
        raise _damaged(path, f"its {key} is {value!r}")
    return value


def _damaged(path: str, why: str) -> DamagedArtifactError:
    return DamagedArtifactError(
        f"{path} is damaged", why=why, remedy="put it back from another copy of the repository"
    )
