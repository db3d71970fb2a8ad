"""Where backups are kept: folders, and buckets of S3 and of everything that speaks it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from msgspec import Meta

from core.config.secret_references import variable_of
from core.config.settings_types import Seconds, about

PartBytes = Annotated[int, Meta(ge=5 << 20, le=5 << 30)]
"""What S3 takes as a part of an upload: 5 MiB to 5 GiB."""


@dataclass(frozen=True, slots=True)
class RepositorySettings:
    """One place for backups, under the name that copies = ["NAME", …] takes: a folder or a bucket.

    docs/backup-repositories.md has the whole table for each provider.
    """

    kind: Annotated[
        Literal["folder", "s3"], about("A folder of this host, or a bucket that speaks S3.")
    ] = "folder"
    path: Annotated[
        str, about("The folder; it has to be there: see pgvigil doctor.", "/var/backups/pgvigil")
    ] = ""
    provider: Annotated[
        Literal["aws", "gcs", "supabase", "r2", "minio", "other"],
        about("Whose S3 it is, which decides what is asked of it and what is not."),
    ] = "aws"
    bucket: Annotated[str, about("The bucket; it has to be there.", "example-backups")] = ""
    prefix: Annotated[
        str, about("Where in the bucket the repository begins.", "pgvigil/production")
    ] = ""
    endpoint_url: Annotated[
        str, about("Where S3 is spoken, unless it is AWS.", "https://minio.example.com:9000")
    ] = ""
    region: Annotated[str, about("The bucket's region.", "eu-central-1")] = ""
    path_style: Annotated[
        Literal["auto", "yes", "no"],
        about("Whether the bucket stands in the path, not in the host's name."),
    ] = "auto"
    ca_file: Annotated[
        str,
        about("File with the certificate authority of the endpoint.", "/etc/ssl/minio-ca.pem"),
    ] = ""
    profile: Annotated[
        str, about("A profile of ~/.aws; without any credentials here, AWS's own chain.", "backup")
    ] = ""
    access_key_id: Annotated[
        str, about("The identifier of the key, which is no secret.", "AKIAEXAMPLE")
    ] = ""
    secret_access_key_env: Annotated[
        str,
        variable_of("secret"),
        about("Environment variable with the secret access key.", "BACKUP_SECRET_ACCESS_KEY"),
    ] = ""
    secret_access_key_file: Annotated[
        str,
        about(
            "File with the secret access key, or a whole key as JSON; ~ is your home.",
            "~/.config/pgvigil/backup.secret",
        ),
    ] = ""
    secret_access_key_command: Annotated[
        tuple[str, ...],
        about(
            "Program that prints the secret access key, or a whole key as JSON; no shell.",
            ["pass", "show", "backup-s3"],
        ),
    ] = ()
    session_token_env: Annotated[
        str,
        variable_of("secret"),
        about("Environment variable with the token of a passing key.", "BACKUP_SESSION_TOKEN"),
    ] = ""
    sse: Annotated[
        Literal["none", "AES256", "aws:kms"],
        about("Encryption by the server, beside the sealing that pgvigil does anyway."),
    ] = "none"
    sse_kms_key_id: Annotated[
        str, about("The KMS key for aws:kms; empty: the bucket's own.", "alias/backups")
    ] = ""
    storage_class: Annotated[
        str, about("Storage class of new objects; one that is read at once.", "STANDARD_IA")
    ] = ""
    checksum: Annotated[
        Literal["auto", "crc32", "sha256", "md5"],
        about("What the server checks uploads by; auto: what the provider knows."),
    ] = "auto"
    delete_versions: Annotated[
        bool,
        about("In a versioned bucket, delete also the versions of what is deleted."),
    ] = False
    part_bytes: Annotated[
        PartBytes, about("Bytes of an upload's first parts; later ones are larger.")
    ] = 8 << 20
    part_memory_bytes: Annotated[
        int,
        Meta(ge=1 << 20, le=1 << 30),
        about("Parts larger than this wait on the disk, not in memory."),
    ] = 16 << 20
    parts_in_flight: Annotated[
        int, Meta(ge=1, le=16), about("Parts of one object that are sent at once.")
    ] = 2
    spool_folder: Annotated[
        str,
        about("Where large parts wait to be sent, unnamed; empty: /var/tmp.", "/srv/spool"),
    ] = ""
    connect_timeout_seconds: Annotated[
        Seconds, about("A connection attempt that takes longer is given up.")
    ] = 10
    read_timeout_seconds: Annotated[
        Seconds, about("A server that is silent for longer is given up.")
    ] = 60
    retry_first_seconds: Annotated[
        Seconds, about("Wait before a request is tried again; then doubling, a part of it random.")
    ] = 0.5
    retry_most_seconds: Annotated[Seconds, about("Longest wait between two tries.")] = 30
    retry_seconds: Annotated[
        Seconds, about("A request is tried for so long before the backup fails.")
    ] = 900
    stale_seconds: Annotated[
        Seconds, about("What an interrupted run left is cleared once it is so old.")
    ] = 86_400
    clock_skew_seconds: Annotated[
        Seconds, about("A server's clock may be so far from ours before it is reported.")
    ] = 60
    bandwidth_bytes_per_second: Annotated[
        int, Meta(ge=0), about("Most bytes a second that are sent or read; 0: no limit.")
    ] = 0
