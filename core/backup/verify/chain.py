"""Whether an incremental backup and those that it refers to fit together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from core.model.backup import Artifact, BackupKind, Manifest


def chain_problems(manifest: Manifest, ancestors: Mapping[str, Manifest]) -> Iterator[str]:
    """What does not fit; ``ancestors`` has the manifests of those that it needs, by their ids."""
    if manifest.kind is not BackupKind.INCREMENTAL:
        if manifest.ancestors or manifest.parent_id or manifest.generation:
            yield "it is no incremental backup, and refers to others"
        return
    if not manifest.parent_id or manifest.generation < 1:
        yield "it is an incremental backup, and names no parent"
    for backup_id in sorted(manifest.ancestors):
        ancestor = ancestors.get(backup_id)
        if ancestor is None:
            yield f"it needs backup {backup_id}, which is not there"
            continue
        yield from _relation_problems(manifest, ancestor)
        yield from _artifact_problems(manifest, ancestor)


def _relation_problems(manifest: Manifest, ancestor: Manifest) -> Iterator[str]:
    same = (
        ("server", manifest.system_identifier, ancestor.system_identifier),
        ("database", manifest.database, ancestor.database),
        ("chain", manifest.chain_id, ancestor.chain_id),
    )
    for name, ours, theirs in same:
        if ours != theirs:
            yield f"backup {ancestor.backup_id}, which it needs, is of {name} {theirs}, not {ours}"
    # Not by the server's clock, which may have been set, or be another server's since a failover.
    if ancestor.generation >= manifest.generation:
        yield f"backup {ancestor.backup_id}, which it needs, is not older"


def _artifact_problems(manifest: Manifest, ancestor: Manifest) -> Iterator[str]:
    """Both manifests tell the same of what one has and the other refers to."""
    # Only its own: an artifact of its ancestors may have the same name.
    own = (each for each in ancestor.artifacts if each.backup_id == ancestor.backup_id)
    there = {each.name: _sealed(each) for each in own}
    for each in manifest.artifacts:
        if each.backup_id == ancestor.backup_id and there.get(each.name) != _sealed(each):
            yield f"backup {ancestor.backup_id} has no such {each.name} as it refers to"


def _sealed(artifact: Artifact) -> tuple[object, ...]:
    """What does not change when a descendant refers to an artifact; its file's name does."""
    return (
        artifact.role,
        artifact.plain_bytes,
        artifact.sealed_bytes,
        artifact.digest,
        artifact.table,
    )
