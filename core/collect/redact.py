"""Secrets are taken out of statement texts before a text leaves its collector.

In doubt something harmless is taken out as well. The patterns are bounded, so that no text, however
hostile, takes more than linear time. Texts may be cut anywhere, so a literal may lack its end.
"""

from __future__ import annotations

import re
from functools import lru_cache

MASK = "***"

_MARKERS = (
    "passw", "pwd", "passphrase", "identified", "secret", "token", "key", "bearer", "credential",
    "://", "crypt", "hmac", "eyj", "akia", "sk_", "ghp_", "github_pat", "xox",
    " -u", "--user",
)  # fmt: skip
_WORD = (
    r"(?:password|passwd|passwort|passphrase|pwd|secret|token|credential"
    r"|api_?key|access_?key|private_?key)"
)
_LITERAL = (
    r"(?:[eE]'(?:[^'\\]|''|\\.)*(?:'|\Z)"
    r"|(?:[uU]&)?'(?:[^']|'')*(?:'|\Z)"
    r"|\$(?P<tag>\w{0,60})\$.*?(?:\$(?P=tag)\$|\Z))"
)
# Blanks and comments may stand between a word and its literal, and a literal goes on in the next
# one where only the end of a line is between them.
_GAP = r"(?:\s{1,20}|--[^\n]{0,200}\n|/\*.{0,200}?\*/){0,8}"
_CONTINUED = r"(?:\s{0,20}\n\s{0,20}'(?:[^']|'')*(?:'|\Z)){0,20}"
_ANY_LITERAL = re.compile(_LITERAL, re.DOTALL)
_FLAGS = re.IGNORECASE | re.DOTALL

# PASSWORD 'x', password = 'x', "api_key" => 'x', IDENTIFIED BY 'x', set_config('app.token', 'x')
_WORD_AND_LITERAL = re.compile(
    rf"((?:{_WORD}\w{{0,40}}|identified\s{{1,9}}by)[\"']?{_GAP}(?:=>?|:=?|,|\bto\b)?{_GAP})"
    rf"{_LITERAL}{_CONTINUED}",
    _FLAGS,
)
# A password in JSON
_WORD_AND_JSON = re.compile(
    rf'({_WORD}\w{{0,40}}"\s{{0,20}}:\s{{0,20}})"(?:[^"\\]|\\.)*(?:"|\Z)', _FLAGS
)
# password=x in a connection string; $1 and ? stand for values that aren't there
_WORD_AND_VALUE = re.compile(
    rf"({_WORD}\w{{0,40}}\s{{0,20}}=\s{{0,20}})(?![\s$?'*]|null\b)[^\s'\",;&)]+", _FLAGS
)
_WORD_AND_QUOTED_VALUE = re.compile(
    rf"({_WORD}\w{{0,40}}\s{{0,20}}=\s{{0,20}})''.*?(?:''|\Z)", _FLAGS
)
_URI = re.compile(r"([a-z][a-z0-9+.-]{0,20}://[^\s:/@']{0,100}:)[^\s@'/][^\s@']{0,300}@", _FLAGS)
# curl -u name:password, also in COPY … PROGRAM
_USER_OPTION = re.compile(r"((?:\s-u\s{0,3}|--user[=\s]\s{0,3})[^\s:'\"]{1,100}:)[^\s'\"]{1,300}")
_BEARER = re.compile(r"(bearer\s{1,9})[\w.~+/=-]{8,}", _FLAGS)
_WELL_KNOWN_KEYS = re.compile(
    r"\beyJ[\w-]{6,}\.[\w-]{4,}(?:\.[\w-]*)?"
    r"|\bAKIA[0-9A-Z]{16}\b"
    r"|\b(?:sk|rk|pk)_(?:live|test)_\w{8,}"
    r"|\b(?:ghp_|github_pat_)\w{16,}"
    r"|\bxox[a-z]-[\w-]{8,}"
    r"|-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----.*?(?:-----END|\Z)",
    re.DOTALL,
)
# Where a secret's place can't be told from its surroundings, no literal is shown at all.
_NOTHING_SHOWN = re.compile(
    rf"\binsert\s{{1,20}}into\b[^;]{{0,300}}?\([^)]{{0,2000}}{_WORD}"
    r"|\b(?:crypt|pgp_sym_\w{1,20}|pgp_pub_\w{1,20}|hmac|encrypt\w{0,5}|decrypt\w{0,5})\s{0,9}\(",
    _FLAGS,
)


def without_literals(sql: str) -> str:
    """A statement with each of its literals left out; what is cut in one ends there."""
    return _ANY_LITERAL.sub("'…'", sql)


@lru_cache(maxsize=2048)
def redact(text: str) -> str:
    """``text`` with each secret in it replaced by ``***``; fast where there is no sign of one."""
    lower = text.lower()
    if not any(marker in lower for marker in _MARKERS):
        return text
    if _NOTHING_SHOWN.search(text):
        text = _ANY_LITERAL.sub(f"'{MASK}'", text)
    text = _WORD_AND_QUOTED_VALUE.sub(rf"\1{MASK}", text)
    text = _WORD_AND_LITERAL.sub(rf"\1'{MASK}'", text)
    text = _WORD_AND_JSON.sub(rf'\1"{MASK}"', text)
    text = _WORD_AND_VALUE.sub(rf"\1{MASK}", text)
    text = _URI.sub(rf"\1{MASK}@", text)
    text = _USER_OPTION.sub(rf"\1{MASK}", text)
    text = _BEARER.sub(rf"\1{MASK}", text)
    return _WELL_KNOWN_KEYS.sub(MASK, text)
