"""A manifest as bytes: JSON with its keys in order, so that equal manifests are equal bytes.

It is sealed like every artifact: it names tables. Keys that are not known here are ignored within a
version; another version is refused.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from core.errors import ManifestError, NewerFormatError
from core.model.backup import Manifest

FORMAT, VERSION = "pgvigil manifest", 1
NAME = "manifest"
"""The name under which it is sealed."""

_SAFE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.=@+-]{0,254}")


class _Envelope(msgspec.Struct, frozen=True):
    format: str
    version: int
    manifest: msgspec.Raw


def write_manifest(manifest: Manifest) -> bytes:
    """The manifest's bytes."""
    document = {"format": FORMAT, "version": VERSION, "manifest": msgspec.to_builtins(manifest)}
    return msgspec.json.encode(document, order="sorted")


def read_manifest(content: bytes, *, backup_id: str) -> Manifest:
    """The manifest of ``backup_id``.

    Raises:
        ManifestError: it is none, a field is not what it must be, or it is that of another backup.
        NewerFormatError: a newer pgvigil wrote it.
    """
    try:
        envelope = msgspec.json.decode(content, type=_Envelope)
        if envelope.format == FORMAT and envelope.version > VERSION:
            raise _newer(backup_id, envelope.version)
        if (envelope.format, envelope.version) != (FORMAT, VERSION):
            raise _wrong(backup_id, f"it is {envelope.format!r}, version {envelope.version}")
        manifest = msgspec.json.decode(envelope.manifest, type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _wrong(backup_id, str(error)) from None
    if manifest.backup_id != backup_id:
        raise _wrong(backup_id, f"it is that of backup {manifest.backup_id}")
    for name in _names_in(manifest):
        if not is_safe_name(name):
            raise _wrong(backup_id, f"{name!r} is no name that pgvigil gives")
    return manifest


def is_safe_name(name: str) -> bool:
    """Whether a name can be one of a file or an object: it leads nowhere else."""
    return _SAFE_NAME.fullmatch(name) is not None and ".." not in name


def _names_in(manifest: Manifest) -> list[str]:
    names = [manifest.backup_id, manifest.chain_id, *filter(None, [manifest.parent_id])]
    for artifact in manifest.artifacts:
        names += [artifact.name, artifact.backup_id, artifact.file_name]
    return names


def _newer(backup_id: str, version: Any) -> NewerFormatError:
    return NewerFormatError(
        f"The manifest of backup {backup_id} was written by a newer pgvigil",
        why=f"its version is {version}, this pgvigil knows {VERSION}",
        remedy="use a newer pgvigil",
    )


def _wrong(backup_id: str, why: str) -> ManifestError:
    return ManifestError(
        f"The manifest of backup {backup_id} is not what it should be",
        why=why,
        remedy="use another copy of this backup, or another backup",
    )
