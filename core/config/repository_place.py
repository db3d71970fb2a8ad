"""Where a repository lies, so that two names of one place are told from two places."""

from __future__ import annotations

import os.path
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from core.config.paths import with_home
from core.config.repository_settings import RepositorySettings
from core.errors import ConfigError

_AMAZON = "amazonaws.com"


@dataclass(frozen=True, slots=True)
class RepositoryPlace:
    """A folder of a host, or what lies below a prefix of a bucket.

    ``bucket`` is the endpoint and the bucket, empty for a folder: that is another one on each host.
    """

    bucket: str
    path: tuple[str, ...]

    def holds(self, other: RepositoryPlace) -> bool:
        """Whether ``other`` is this place, or inside it."""
        return self.bucket == other.bucket and other.path[: len(self.path)] == self.path

    def __str__(self) -> str:
        path = "/".join(self.path)
        return f"s3://{self.bucket}/{path}" if self.bucket else f"/{path}"


def repository_place(settings: RepositorySettings) -> RepositoryPlace:
    """The place that the settings name, by their words alone.

    Nothing is asked of the file system: a mount that hangs would keep whoever reads a config. So a
    symbolic link is another place here.
    """
    if settings.kind == "folder":
        return RepositoryPlace("", _names(os.path.normpath(_at_home(settings.path))))
    endpoint = urlsplit(settings.endpoint_url)
    host = endpoint.netloc.lower()
    if host == _AMAZON or host.endswith(f".{_AMAZON}"):
        host = ""  # a bucket's name is Amazon's for all regions
    server = f"{host}{endpoint.path.rstrip('/')}" or settings.provider
    return RepositoryPlace(f"{server}/{settings.bucket}", _names(settings.prefix))


def _at_home(path: str) -> Path:
    try:
        return with_home(Path(path))
    except ConfigError:
        return Path(path)


def _names(path: object) -> tuple[str, ...]:
    return tuple(name for name in str(path).split("/") if name)
