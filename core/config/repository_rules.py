"""What must hold between the values of ``[repositories.NAME]``, and between two such tables."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import NamedTuple

from core.config.problems import KeyPath
from core.config.repository_place import repository_place
from core.config.repository_settings import RepositorySettings

_NAME = re.compile(r"[^\W_][\w.-]{0,62}")
_SECRETS = ("secret_access_key_env", "secret_access_key_file", "secret_access_key_command")
_NEED_AN_ENDPOINT = frozenset({"supabase", "r2", "minio", "other"})
_READ_AFTER_HOURS = frozenset({"GLACIER", "DEEP_ARCHIVE"})
_OF_BOTH = frozenset({"kind", "bandwidth_bytes_per_second", "stale_seconds", "clock_skew_seconds"})
_OF_A_FOLDER = frozenset({"path"})


class Breach(NamedTuple):
    """Which key breaks a rule, what is wrong, and what is expected; is it the table's name."""

    path: KeyPath
    what: str
    expected: str
    is_name: bool = False


def broken_repository_rules(name: str, settings: RepositorySettings) -> Iterator[Breach]:
    """Every rule that a repository's settings break, beside what each value breaks by itself."""
    at: KeyPath = ("repositories", name)
    if not _NAME.fullmatch(name):
        wanted = (
            "letters, digits, dots, dashes and underscores, at most 63, a letter or digit first"
        )
        yield Breach(at, "can't be a repository's name", wanted, is_name=True)
    if settings.kind == "folder":
        yield from _folder(at, settings)
    else:
        yield from _bucket(at, settings)
        yield from _credentials(at, settings)
        yield from _server_side(at, settings)


def shared_places(repositories: Mapping[str, RepositorySettings]) -> Iterator[Breach]:
    """Repositories that lie in or inside another one, as far as their settings tell.

    Two names of one place would count as two copies, and of two nested places each clears away
    what the other one is about to write.
    """
    placed = [
        (name, repository_place(each), ("repositories", name, _key_of_place(each)))
        for name, each in repositories.items()
        if (each.path if each.kind == "folder" else each.bucket)
    ]
    for (first, there, at_first), (second, here, at_second) in combinations(placed, 2):
        if here == there:
            what = f"is the place of {first} too: what is in both would count as two copies"
            yield Breach(at_second, what, "another place, or one name for this one")
        elif there.holds(here):
            yield Breach(at_second, f"lies inside the repository {first}", "a place beside it")
        elif here.holds(there):
            yield Breach(at_first, f"lies inside the repository {second}", "a place beside it")


def _key_of_place(settings: RepositorySettings) -> str:
    if settings.kind == "folder":
        return "path"
    return "prefix" if settings.prefix else "bucket"


def _folder(at: KeyPath, settings: RepositorySettings) -> Iterator[Breach]:
    if not settings.path:
        yield Breach(at, "has no path", 'path = "/var/backups/pgvigil"')
    elif not settings.path.startswith(("/", "~")):
        here = "is not a whole path: it would depend on where pgvigil is started"
        yield Breach((*at, "path"), here, "a path that begins with / or ~")
    for field in dataclasses.fields(settings):
        if field.name in _OF_BOTH | _OF_A_FOLDER:
            continue
        if getattr(settings, field.name) != field.default:
            yield Breach(
                (*at, field.name), "means nothing for a folder", 'kind = "s3", or no such key'
            )


def _bucket(at: KeyPath, settings: RepositorySettings) -> Iterator[Breach]:
    if settings.path:
        yield Breach((*at, "path"), "means nothing for a bucket", "prefix, or no such key")
    if not settings.bucket:
        yield Breach(at, "has no bucket", 'bucket = "example-backups"')
    if settings.provider in _NEED_AN_ENDPOINT and not settings.endpoint_url:
        wanted = 'endpoint_url = "https://…"; see docs/backup-repositories.md'
        yield Breach(at, f"has no endpoint_url, which {settings.provider} needs", wanted)
    if settings.endpoint_url and not settings.endpoint_url.startswith(("https://", "http://")):
        yield Breach((*at, "endpoint_url"), "is not an address of HTTP", "https://host:port")
    if "@" in settings.endpoint_url:
        here = "a secret is never written into the config"
        yield Breach((*at, "endpoint_url"), here, "access_key_id and secret_access_key_env")
    prefix = settings.prefix.strip("/")
    if prefix and any(part in {"", ".", ".."} for part in prefix.split("/")):
        yield Breach((*at, "prefix"), "is not a path", 'such as "pgvigil/production"')


def _credentials(at: KeyPath, settings: RepositorySettings) -> Iterator[Breach]:
    secrets = [name for name in _SECRETS if getattr(settings, name)]
    if len(secrets) > 1:
        here = f"is given beside {secrets[0]}"
        yield Breach((*at, secrets[1]), here, "one way to get the secret access key")
    if settings.profile and (settings.access_key_id or secrets):
        yield Breach((*at, "profile"), "is given beside a key", "a profile or a key, not both")
    # A program or a file may give a whole key, with its identifier.
    gives_secret_alone = bool(settings.secret_access_key_env)
    is_named = bool(settings.access_key_id)
    if (is_named and not secrets) or (gives_secret_alone and not is_named):
        wanted = "access_key_id and one of " + ", ".join(_SECRETS)
        yield Breach(at, "has half of a key", wanted)
    if settings.session_token_env and not secrets:
        wanted = "a key beside it, or a profile alone"
        yield Breach((*at, "session_token_env"), "is a token without a key", wanted)


def _server_side(at: KeyPath, settings: RepositorySettings) -> Iterator[Breach]:
    if settings.sse_kms_key_id and settings.sse != "aws:kms":
        yield Breach((*at, "sse_kms_key_id"), f"is given with sse = {settings.sse}", "aws:kms")
    if settings.storage_class.upper() in _READ_AFTER_HOURS:
        here = "takes hours before it can be read: no backup in it could be verified"
        yield Breach((*at, "storage_class"), here, "STANDARD, STANDARD_IA or GLACIER_IR")
