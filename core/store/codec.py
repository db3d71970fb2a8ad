"""Snapshots as bytes: msgpack of the dataclass, compressed against a keyframe with zstd.

A server's snapshots resemble each other, so each is compressed with an earlier one, its keyframe,
as zstd's raw-content dictionary (https://facebook.github.io/zstd/zstd_manual.html, "Prefix" and
``ZSTD_dct_rawContent``). Reading one needs its keyframe and nothing else.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
import zstandard

from core.model.connections import Connections
from core.model.cost import SelfCost
from core.model.databases import Databases
from core.model.health import Assessment
from core.model.server import Link, ServerInfo
from core.model.snapshot import Body, Subject
from core.model.statements import Statements
from core.model.unknown import Unknown

_LEVEL = 3

CODES: dict[Subject, int] = {
    Subject.LINK: 1,
    Subject.SERVER: 2,
    Subject.CONNECTIONS: 3,
    Subject.STATEMENTS: 4,
    Subject.DATABASES: 5,
    Subject.COST: 6,
    Subject.ASSESSMENT: 7,
}
"""The number that stands for a subject in the store, for ever."""

SUBJECTS: dict[int, Subject] = {code: subject for subject, code in CODES.items()}

VERSIONS: dict[Subject, int] = dict.fromkeys(Subject, 1)
"""The shape of each subject's body; raised when an old one can no longer be read as the new."""

_BODIES: dict[Subject, type[Body]] = {
    Subject.LINK: Link,
    Subject.SERVER: ServerInfo,
    Subject.CONNECTIONS: Connections,
    Subject.STATEMENTS: Statements,
    Subject.DATABASES: Databases,
    Subject.COST: SelfCost,
    Subject.ASSESSMENT: Assessment,
}

_encoder = msgspec.msgpack.Encoder()
_decoders: dict[Subject, msgspec.msgpack.Decoder[Any]] = {
    subject: msgspec.msgpack.Decoder(body) for subject, body in _BODIES.items()
}
_unknown_decoder = msgspec.msgpack.Decoder(Unknown)


class Keyframe:
    """What other payloads are compressed against."""

    def __init__(self, raw: bytes) -> None:
        self._dictionary = zstandard.ZstdCompressionDict(raw, zstandard.DICT_TYPE_RAWCONTENT)
        self._compressor: zstandard.ZstdCompressor | None = None
        self._decompressor = zstandard.ZstdDecompressor(dict_data=self._dictionary)

    def compress(self, raw: bytes) -> bytes:
        """``raw``, as small as its likeness to the keyframe makes it."""
        if self._compressor is None:
            self._dictionary.precompute_compress(_LEVEL)
            self._compressor = zstandard.ZstdCompressor(_LEVEL, dict_data=self._dictionary)
        return self._compressor.compress(raw)

    def decompress(self, payload: bytes) -> bytes | None:
        """What :meth:`compress` was given; ``None`` when it was something else."""
        return _decompressed(self._decompressor, payload)


def pack(raw: bytes) -> bytes:
    """``raw`` compressed by itself, as keyframes are stored."""
    return zstandard.ZstdCompressor(_LEVEL).compress(raw)


def unpack(payload: bytes) -> bytes | None:
    """What :func:`pack` was given; ``None`` when it was something else."""
    return _decompressed(zstandard.ZstdDecompressor(), payload)


def _decompressed(decompressor: zstandard.ZstdDecompressor, payload: bytes) -> bytes | None:
    try:
        return decompressor.decompress(payload)
    except zstandard.ZstdError:
        return None


def encode(body: Body | Unknown) -> bytes:
    """``body`` as msgpack; what is not Unicode in its text becomes escapes instead of an error."""
    try:
        return _encoder.encode(body)
    except UnicodeEncodeError:
        return _encoder.encode(_only_unicode(msgspec.to_builtins(body, builtin_types=_KEPT)))


def decode(subject: Subject, raw: bytes, *, unknown: bool) -> Body | Unknown | None:
    """The body that :func:`encode` was given; ``None`` when it has another shape."""
    decoder = _unknown_decoder if unknown else _decoders[subject]
    try:
        body: Body | Unknown = decoder.decode(raw)
    except msgspec.MsgspecError:
        return None
    return body


_KEPT = (bytes, datetime)


def _only_unicode(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(value, dict):
        return {_only_unicode(key): _only_unicode(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_only_unicode(item) for item in value]
    return value
