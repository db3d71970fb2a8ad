"""Whose repository it is: its own id and format, and which cluster each server's folder is of."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from core.backup import layout
from core.backup.documents import read_document, text_in, write_document
from core.backup.repository.problems import ObjectMissingError
from core.backup.repository.protocol import Repository
from core.errors import DamagedArtifactError, ForeignRepositoryError

_REPOSITORY, _SERVER = "pgvigil repository", "pgvigil server"


def check_format(repository: Repository) -> str:
    """The repository's id; empty where nothing was ever stored there.

    Raises:
        NewerFormatError: a newer pgvigil made it: nothing may be touched.
        DamagedArtifactError: what stands there is damaged.
        RepositoryError: the repository can't be read.
    """
    try:
        data = repository.read(layout.REPOSITORY_FILE)
    except ObjectMissingError:
        return ""
    document = read_document(data, _REPOSITORY, layout.REPOSITORY_FILE)
    return text_in(document, "repository_id", layout.REPOSITORY_FILE)


def system_of(repository: Repository, server: str) -> str | None:
    """The system identifier of the cluster whose backups are in the server's folder.

    Empty where the role that took the first one might not know it; ``None`` where there are none.

    Raises:
        NewerFormatError: a newer pgvigil wrote it.
        DamagedArtifactError: what stands there is damaged.
        RepositoryError: the repository can't be read.
    """
    path = layout.server_file(server)
    try:
        document = read_document(repository.read(path), _SERVER, path)
    except ObjectMissingError:
        return None
    if text_in(document, "server", path) != server:
        raise DamagedArtifactError(
            f"{path} is damaged",
            why=f"it is that of server {document['server']}",
            remedy="put back the one of this server's folder from another copy of the repository",
        )
    return text_in(document, "system_identifier", path)


def claim(repository: Repository, server: str, system_identifier: str) -> str:
    """See that the repository may take backups of this cluster under this name; gives its id.

    At first use it is written down. A cluster that can't be told (an empty identifier) is let in.

    Raises:
        ForeignRepositoryError: the folder has the backups of another cluster.
        NewerFormatError: a newer pgvigil made the repository.
        DamagedArtifactError: what stands there is damaged.
        RepositoryError: the repository can't be read or written to.
    """
    repository_id = check_format(repository)
    if not repository_id:
        write_id(repository, secrets.token_hex(16))
        repository_id = check_format(repository)
    there = system_of(repository, server)
    if there is None or (not there and system_identifier):
        content = {"server": server, "system_identifier": system_identifier}
        repository.write(layout.server_file(server), write_document(_SERVER, content))
        # Another host may have written at the same moment; what stands there now counts.
        there = system_of(repository, server)
    check_same(repository, server, there or "", system_identifier)
    return repository_id


def write_id(repository: Repository, repository_id: str) -> None:
    """Write down which repository it is.

    Raises:
        RepositoryError: it can't be written to.
    """
    content = {"repository_id": repository_id}
    repository.write(layout.REPOSITORY_FILE, write_document(_REPOSITORY, content))


def put_right(
    repository: Repository, server: str, system_identifier: str, *, repository_id: str = ""
) -> None:
    """Write anew what is damaged; only for who knows that the backups of the server are there.

    ``repository_id`` is the repository's where it is known; else it gets a new one.

    Raises:
        ForeignRepositoryError: the folder has the backups of another cluster.
        NewerFormatError: a newer pgvigil made the repository.
        RepositoryError: the repository can't be read or written to.
    """
    checks: dict[str, Callable[[], object]] = {
        layout.REPOSITORY_FILE: lambda: check_format(repository),
        layout.server_file(server): lambda: system_of(repository, server),
    }
    for path, check in checks.items():
        try:
            check()
        except DamagedArtifactError:
            repository.delete([path])
            if path == layout.REPOSITORY_FILE and repository_id:
                write_id(repository, repository_id)
    claim(repository, server, system_identifier)


def check_same(repository: Repository, server: str, there: str, here: str) -> None:
    """Nothing, unless both identifiers are known and differ.

    Raises:
        ForeignRepositoryError: they do.
    """
    if there and here and there != here:
        raise ForeignRepositoryError(
            f"The repository {repository.name} has the backups of another server as {server}",
            why=f"those are of system {there}, and this one is {here}",
            remedy="give this server another name in the config, or use another repository; after"
            " pg_upgrade or a restore into a new cluster, too: a new name keeps both apart",
        )
