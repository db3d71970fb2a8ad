"""Which texts every store, repository and program takes."""

from __future__ import annotations


def is_plain(text: str) -> bool:
    """Whether it is Unicode throughout, without NUL.

    Bytes of an argument that are not in the terminal's encoding become lone surrogates, and JSON
    can hold such, too: neither UTF-8 nor a database has them. PostgreSQL has no NUL in a text.
    """
    if "\0" in text:
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
