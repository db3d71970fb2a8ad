"""What is wrong where a text is not TOML: the line, the key that was meant, what is expected."""

from __future__ import annotations

import re
from collections.abc import Iterator

from core.config.build import nearest_name
from core.config.problems import KeyPath, Problem, dotted
from core.config.settings import Settings
from core.config.shape import Key, keys_of

_PLACE = re.compile(
    r"^(?P<what>.*) \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of .*)\)$"
)
_HINTS = {
    "Invalid value": 'text in "quotes", a number, true, false, [a list] or {a table}',
    "Expected '=' after a key": "key = value",
    "Expected newline or end of document after a statement": "one key = value a line",
    "Unterminated string": "a closing quote",
    "Expected \"'''\"": "a closing quote",
    'Expected "\'"': "a closing quote",
    "Unescaped '\\'": "\\\\ for a backslash, or 'single quotes' around the text",
    "Cannot overwrite a value": "each key once",
    "Duplicate inline table key": "each key once",
    "Cannot declare": "each [table] once",
    "Cannot mutate immutable namespace": "each [table] once, in one place",
    "Expected ']": "[table] with its closing bracket",
    "Unclosed array": "a closing ]",
    "Unclosed inline table": "a closing }",
    "Invalid initial character for a key part": "a key of letters, digits, dashes, underscores",
}
_ANY = "[table] lines, and key = value lines below them"
_TEXT_OF_LINES = ('"""', "'''")
_HEADER = re.compile(r"^\s*\[\[?\s*(?P<key>[^\]\s#]+)")
_ENTRY = re.compile(r"^\s*(?P<key>[A-Za-z0-9_.\"'-]+)")
_PART = re.compile(r"\"([^\"]*)\"|'([^']*)'|([A-Za-z0-9_-]+)")


def syntax_problem(message: str, text: str) -> Problem:
    """What ``message`` of ``tomllib`` says of ``text``.

    A key is named where it is a valid one, and else the valid one that is nearest: nothing else of
    the text is repeated, because it may be a password.
    """
    match = _PLACE.match(message)
    if match is None:
        return Problem(f"is not TOML: {message}", expected=_ANY)
    what = match["what"]
    line = int(match["line"] or text.count("\n") + 1)
    # Where a text of several lines has no end, the last line is none of its own.
    is_placed = match["line"] is not None or not any(mark in text for mark in _TEXT_OF_LINES)
    path = _meant(text.splitlines(), line) if is_placed else ()
    key, nearest = _resolve(path)
    expected = next((hint for start, hint in _HINTS.items() if what.startswith(start)), _ANY)
    if key is not None and what.startswith("Invalid value"):
        expected = key.expected
    return Problem(
        f"is not TOML: {what[0].lower()}{what[1:]}",
        key=dotted(path) if path and not nearest and key is not None else "",
        expected=expected,
        nearest=nearest,
        line=line,
        column=int(match["column"] or 0),
    )


def _meant(lines: list[str], number: int) -> KeyPath:
    """The path of the key or table on line ``number``, as far as it can be told."""
    if number > len(lines):
        return ()
    table: KeyPath = ()
    for line in lines[: number - 1]:
        if header := _HEADER.match(line):
            table = tuple(_parts(header["key"]))
    if header := _HEADER.match(lines[number - 1]):
        return tuple(_parts(header["key"]))
    entry = _ENTRY.match(lines[number - 1])
    return (*table, *_parts(entry["key"])) if entry else ()


def _parts(key: str) -> Iterator[str]:
    return (part[1] or part[2] or part[3] or "" for part in _PART.finditer(key))


def _resolve(path: KeyPath) -> tuple[Key | None, str]:
    """The key at ``path``, or the path of the valid key that is nearest; both may be missing."""
    section: type | None = Settings
    key: Key | None = None
    steps = iter(enumerate(path))
    for place, step in steps:
        keys = keys_of(section) if section is not None else {}
        key = keys.get(str(step))
        if key is None:
            near = nearest_name(str(step), keys)
            return None, dotted((*path[:place], near)) if near else ""
        section = key.section or key.entries
        if key.entries is not None:
            next(steps, None)
    return key, ""
