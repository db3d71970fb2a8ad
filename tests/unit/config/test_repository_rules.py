from __future__ import annotations

import pytest

from core.config.check import examine

S3 = 'kind = "s3"\nbucket = "b"\n'
KEY = 'access_key_id = "A"\nsecret_access_key_env = "S"\n'


def problem(table: str, name: str = "offsite") -> tuple[str, str]:
    """The only problem of a repository's table: its key below the table, and what is wrong."""
    (found,) = examine(f'[repositories."{name}"]\n{table}').problems
    return found.key.removeprefix(f"repositories.{name}").lstrip("."), found.what


@pytest.mark.parametrize(
    "table",
    ['path = "/var/backups/pgvigil"', 'path = "~/backups"', S3, S3 + KEY, S3 + 'profile = "p"',
     S3 + KEY + 'session_token_env = "T"', S3 + 'sse = "aws:kms"\nsse_kms_key_id = "k"',
     S3 + 'provider = "r2"\nendpoint_url = "https://a.r2.cloudflarestorage.com"'],
)  # fmt: skip
def test_a_table_that_is_right_has_no_problem(table: str) -> None:
    assert examine(f"[repositories.offsite]\n{table}").problems == ()


@pytest.mark.parametrize(
    ("table", "key", "what"),
    [
        ("", "", "has no path"),
        ('path = "backups"', "path", "is not a whole path"),
        ('path = "/b"\nbucket = "b"', "bucket", "means nothing for a folder"),
        ('kind = "s3"', "", "has no bucket"),
        (S3 + 'path = "/b"', "path", "means nothing for a bucket"),
        (S3 + 'provider = "minio"', "", "has no endpoint_url, which minio needs"),
        (S3 + 'endpoint_url = "minio:9000"', "endpoint_url", "is not an address"),
        (S3 + 'endpoint_url = "https://k:s@minio"', "endpoint_url", "a secret is never written"),
        (S3 + 'prefix = "a/../b"', "prefix", "is not a path"),
        (S3 + 'prefix = ".."', "prefix", "is not a path"),
        (S3 + KEY + 'secret_access_key_file = "f"', "secret_access_key_file", "is given beside"),
        (S3 + KEY + 'profile = "p"', "profile", "is given beside a key"),
        (S3 + 'access_key_id = "A"', "", "has half of a key"),
        (S3 + 'secret_access_key_env = "S"', "", "has half of a key"),
        (S3 + 'session_token_env = "T"', "session_token_env", "is a token without a key"),
        (S3 + 'sse_kms_key_id = "k"', "sse_kms_key_id", "is given with sse = none"),
        (S3 + 'storage_class = "DEEP_ARCHIVE"', "storage_class", "takes hours"),
        (S3 + 'secret_access_key = "s"', "secret_access_key", "a secret is never written"),
        (S3 + "part_bytes = 1000", "part_bytes", "is 1000"),
    ],
)
def test_a_table_that_is_wrong_is_told_by_its_key(table: str, key: str, what: str) -> None:
    found = problem(table)
    assert found[0] == key
    assert what in found[1]


@pytest.mark.parametrize(
    "key",
    [
        KEY,
        'access_key_id = "A"\nsecret_access_key_file = "f"',
        'secret_access_key_file = "f"',
        'secret_access_key_command = ["print-key"]',
    ],
)
def test_a_file_or_a_program_may_give_the_whole_key(key: str) -> None:
    assert examine(f"[repositories.offsite]\n{S3}{key}").problems == ()


def test_a_secret_that_was_written_down_is_told_how_to_be_given() -> None:
    (found,) = examine(f'[repositories.offsite]\n{S3}secret_access_key = "s"').problems
    assert "secret_access_key_env" in found.expected


def test_a_name_is_one_that_a_list_of_copies_can_hold() -> None:
    assert "can't be a repository's name" in problem('path = "/b"', name="../x")[1]


def places(first: str, second: str) -> list[tuple[str, str]]:
    """The problems of two tables: the key of each, and what is wrong."""
    text = f"[repositories.first]\n{first}\n[repositories.second]\n{second}"
    return [(found.key, found.what) for found in examine(text).problems]


MINIO = 'kind = "s3"\nprovider = "minio"\nbucket = "b"\nendpoint_url = "{}"'


@pytest.mark.parametrize(
    ("first", "second", "key"),
    [
        ('path = "/b/one"', 'path = "/b//two/../one/"', "path"),
        (S3, S3 + 'region = "eu-central-1"', "bucket"),
        (S3, S3 + 'endpoint_url = "https://s3.eu-central-1.amazonaws.com"', "bucket"),
        (S3 + 'prefix = "a/"', S3 + 'prefix = "a"', "prefix"),
        (MINIO.format("https://minio:9000"), MINIO.format("https://MINIO:9000/"), "bucket"),
    ],
)
def test_two_names_of_one_place_are_told_for_they_would_count_as_two_copies(
    first: str, second: str, key: str
) -> None:
    ((where, what),) = places(first, second)
    assert where == f"repositories.second.{key}"
    assert "is the place of first too" in what


def test_a_folder_of_the_home_is_the_same_by_its_whole_path(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HOME", "/home/anna")
    ((where, _),) = places('path = "/home/anna/b"', 'path = "~/b"')
    assert where == "repositories.second.path"


@pytest.mark.parametrize(
    ("outer", "inner", "key"),
    [
        ('path = "/b"', 'path = "/b/one"', "path"),
        (S3, S3 + 'prefix = "a"', "prefix"),
        (S3 + 'prefix = "a"', S3 + 'prefix = "a/b"', "prefix"),
    ],
)
def test_a_place_inside_another_one_is_told_whichever_comes_first(
    outer: str, inner: str, key: str
) -> None:
    assert places(outer, inner) == [
        (f"repositories.second.{key}", "lies inside the repository first")
    ]
    assert places(inner, outer) == [
        (f"repositories.first.{key}", "lies inside the repository second")
    ]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ('path = "/b/one"', 'path = "/b/one-more"'),
        (S3 + 'prefix = "a"', S3 + 'prefix = "ab"'),
        (S3, 'kind = "s3"\nbucket = "c"'),
        (MINIO.format("https://minio:9000"), MINIO.format("https://minio:9001")),
        (S3, MINIO.format("https://minio:9000")),
        ('path = "/b"', S3),
        ("", ""),
    ],
)
def test_places_beside_each_other_are_two(first: str, second: str) -> None:
    assert [what for _, what in places(first, second) if "place" in what or "lies" in what] == []
