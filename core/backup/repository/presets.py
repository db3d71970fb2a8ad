"""What each provider's S3 is like, as far as it differs from Amazon's.

Sources: developers.cloudflare.com/r2 (multipart: all parts but the last of one size; region
"auto"), supabase.com/docs/guides/storage/s3/compatibility (no versions, no server-side encryption),
cloud.google.com/storage/docs/xml-api (no parts and checksums beyond MD5 and CRC32C, deletes one by
one on older endpoints), docs of MinIO. What a server does not know although its preset says so is
found out when it answers NotImplemented.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from core.config.repository_settings import RepositorySettings

Checksum = Literal["crc32", "sha256", "md5"]


@dataclass(frozen=True, slots=True)
class Traits:
    """How to speak to one provider.

    ``part_bytes_least`` is the least size of a part that makes sense with ``equal_parts``.
    """

    checksum: Checksum
    path_style: bool
    endpoint_url: str = ""
    region: str = "us-east-1"
    equal_parts: bool = False
    part_bytes_least: int = 0
    deletes_batches: bool = True


_PRESETS = {
    "aws": Traits("crc32", path_style=False, region=""),
    "gcs": Traits(
        "md5",
        path_style=True,
        endpoint_url="https://storage.googleapis.com",
        region="auto",
        deletes_batches=False,
    ),
    "supabase": Traits("md5", path_style=True),
    "r2": Traits(
        "md5", path_style=True, region="auto", equal_parts=True, part_bytes_least=32 << 20
    ),
    "minio": Traits("crc32", path_style=True),
    "other": Traits("md5", path_style=True),
}


def traits_of(settings: RepositorySettings) -> Traits:
    """The provider's traits, with what the settings say instead."""
    preset = _PRESETS[settings.provider]
    return Traits(
        checksum=preset.checksum if settings.checksum == "auto" else settings.checksum,
        path_style=(
            preset.path_style if settings.path_style == "auto" else settings.path_style == "yes"
        ),
        endpoint_url=settings.endpoint_url or preset.endpoint_url,
        region=settings.region or preset.region,
        equal_parts=preset.equal_parts,
        part_bytes_least=preset.part_bytes_least,
        deletes_batches=preset.deletes_batches,
    )
