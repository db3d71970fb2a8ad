"""The small plain objects of a repository are laid out as JSON that anybody's tool can write."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

import pytest

from core.backup.documents import read_document, write_document
from core.errors import BackupError, DamagedArtifactError, NewerFormatError

KIND = "pgvigil test"


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"name": 'Órders "live" \\ud800\n', "empty": {}, "none": None},
        {"wraps": [{"artifact": "toc.dat", "size": 1 << 70}, {}, []]},
    ],
)
def test_a_document_is_plain_json_with_the_digest_of_the_rest_last(
    content: dict[str, object],
) -> None:
    before = {"format": KIND, "version": 1, **content}
    digest = sha256(json.dumps(before, indent=1).encode()).hexdigest()
    written = write_document(KIND, content)
    assert written == json.dumps({**before, "digest": digest}, indent=1).encode()
    assert read_document(written, KIND, "x.json") == before


def test_any_byte_that_is_changed_is_found() -> None:
    written = write_document(KIND, {"expired_at": "2026-11-21"})
    for place in range(len(written)):
        spoilt = written[:place] + bytes([written[place] ^ 1]) + written[place + 1 :]
        with pytest.raises(DamagedArtifactError):
            read_document(spoilt, KIND, "x.json")


@pytest.mark.parametrize("indent", [1, None], ids=["laid out as ours", "otherwise"])
def test_what_a_newer_pgvigil_wrote_is_told_as_that_however_it_is_digested(
    indent: int | None,
) -> None:
    newer = {"format": KIND, "version": 2, "what": {"new": 1}, "digest": "blake: 00"}
    with pytest.raises(NewerFormatError, match="newer"):
        read_document(json.dumps(newer, indent=indent).encode(), KIND, "x.json")


@pytest.mark.parametrize("version", [b"0", b"3", b"5", b"9"])
def test_a_flipped_bit_in_the_version_is_damage(version: bytes) -> None:
    written = write_document(KIND, {"expired_at": "2026-11-21"})
    flipped = written.replace(b'"version": 1', b'"version": ' + version)
    with pytest.raises(DamagedArtifactError):
        read_document(flipped, KIND, "x.json")


@pytest.mark.parametrize("text", ["f\udcfcr", "\0"], ids=["a lone surrogate", "a NUL"])
@pytest.mark.parametrize("place", ["text", "within", "name"])
def test_what_is_no_text_is_neither_written_nor_read(text: str, place: str) -> None:
    contents: dict[str, dict[str, Any]] = {
        "text": {"a": text},
        "within": {"a": [{"b": text}]},
        "name": {text: 1},
    }
    content = contents[place]
    with pytest.raises(BackupError, match="can't be written"):
        write_document(KIND, content)
    before = json.dumps({"format": KIND, "version": 1, **content}, indent=1)
    digest = sha256(before.encode()).hexdigest()
    by_hand = f'{before[:-2]},\n "digest": "{digest}"\n}}'.encode()
    with pytest.raises(DamagedArtifactError, match="no text"):
        read_document(by_hand, KIND, "x.json")


def test_what_is_nested_beyond_reading_is_damage() -> None:
    deep = b'{"format": "pgvigil test", "version": 1, "a": ' + b"[" * 800 + b"]" * 800 + b"}"
    with pytest.raises(DamagedArtifactError):
        read_document(deep, KIND, "x.json")
