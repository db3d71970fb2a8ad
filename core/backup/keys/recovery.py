"""A key on paper: groups of characters that a person can type, with a checksum in each line.

The alphabet is Crockford's Base 32: no letter that passes for a digit, upper and lower case alike.
"""

from __future__ import annotations

from hashlib import sha256

from core.backup.keys.key import KEY_BYTES, KeyEncryptionKey
from core.errors import WrongKeyError

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1", "-": "", " ": "", "\n": "", "\t": ""})
_LINE_BYTES = 8
_GROUP = 5
_LINES = KEY_BYTES // _LINE_BYTES
_LINE_CHARACTERS = 15
_LABEL = b"pgvigil recovery line 1"


def recovery_lines(key: KeyEncryptionKey) -> tuple[str, ...]:
    """The key in four lines of three groups; the end of each line is its checksum."""
    parts = [
        key.material[start : start + _LINE_BYTES] for start in range(0, KEY_BYTES, _LINE_BYTES)
    ]
    return tuple(_line(number, part) for number, part in enumerate(parts))


def from_recovery(text: str) -> KeyEncryptionKey:
    """The key that was typed; case, blanks and dashes don't matter.

    Raises:
        WrongKeyError: a line is missing, or one of them has a mistake; says which.
    """
    characters = _typed(text)
    if len(characters) != _LINES * _LINE_CHARACTERS:
        raise WrongKeyError(
            "The recovery key is not whole",
            why=f"{len(characters)} characters were given of {_LINES * _LINE_CHARACTERS}",
            remedy="type all four lines",
        )
    material = b"".join(
        _part(number, characters[number * _LINE_CHARACTERS : (number + 1) * _LINE_CHARACTERS])
        for number in range(_LINES)
    )
    return KeyEncryptionKey(material)


def line_of_recovery(number: int, text: str) -> bytes:
    """The part of a key that line ``number`` (from 0) stands for, as it was typed.

    Raises:
        WrongKeyError: the line is not whole, or has a mistake.
    """
    characters = _typed(text)
    if len(characters) != _LINE_CHARACTERS:
        raise _mistake(number, f"{len(characters)} characters were given of {_LINE_CHARACTERS}")
    return _part(number, characters)


def _typed(text: str) -> str:
    return text.upper().translate(_READ_AS)


def _line(number: int, part: bytes) -> str:
    value = int.from_bytes(part, "big") << 11 | _checksum(number, part)
    characters = "".join(
        _ALPHABET[value >> (5 * place) & 31] for place in reversed(range(_LINE_CHARACTERS))
    )
    groups = (characters[start : start + _GROUP] for start in range(0, _LINE_CHARACTERS, _GROUP))
    return "-".join(groups)


def _part(number: int, characters: str) -> bytes:
    value = 0
    for character in characters:
        place = _ALPHABET.find(character)
        if place < 0:
            raise _mistake(number, f"{character} is never part of it")
        value = value << 5 | place
    part = (value >> 11).to_bytes(_LINE_BYTES, "big")
    if value & 0x7FF != _checksum(number, part):
        raise _mistake(number, "its checksum does not fit")
    return part


def _checksum(number: int, part: bytes) -> int:
    """Eleven bits: one of two thousand mistakes goes unseen, and then the key's id tells."""
    return int.from_bytes(sha256(_LABEL + bytes([number]) + part).digest()[:2], "big") >> 5


def _mistake(number: int, why: str) -> WrongKeyError:
    return WrongKeyError(
        f"Line {number + 1} of the recovery key has a mistake",
        why=why,
        remedy="compare it with what you kept, and type it again",
    )
