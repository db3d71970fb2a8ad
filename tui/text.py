"""Law 8: text from a server is hostile. Everything that a server said passes through ``clean``.

What is left is text that takes the cells it seems to take: no control character reaches the
terminal, nothing is invisible, nothing turns the direction of writing, nothing piles up. Spans are
never parsed as markup, so brackets need no care.
"""

from __future__ import annotations

import re
import unicodedata

from rich.cells import get_character_cell_size

TAB = "    "
NEWLINE_SIGN = "⏎"
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
MARKS_PER_LETTER = 2

_PICTURES = {chr(code): chr(0x2400 + code) for code in range(0x20)} | {
    "\t": TAB,
    "\x7f": "\N{SYMBOL FOR DELETE}",
}
_DOTTED_CIRCLE = "\N{DOTTED CIRCLE}"
# Printable ASCII and the parts of Latin, Greek and Cyrillic, box drawing and blocks that take one
# cell each; everything else is looked at character by character.
_UNUSUAL = re.compile("[^ -~\n\xa1-\xac\xae-\u02ff\u03a3-\u0482\u2500-\u25ff]+")
_WHITE_SPACE = re.compile(r"\s+")
_VARIATION_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")


def clean(text: str) -> str:
    r"""``text`` with everything that is not plain, visible text made visible; newlines stay.

    Control characters become their pictures (␛), format characters (bidi overrides, zero-width
    characters) their code (``\u202e``), separators a newline or a space, tabs four spaces, lone
    surrogates and characters that Python's Unicode doesn't know ``�``. More than two combining
    marks on one letter are dropped; a mark with no letter gets a dotted circle to stand on.
    """
    if text.isascii() and text.isprintable():
        return text
    text = text.replace("\r\n", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    return _UNUSUAL.sub(_made_visible, text)


def one_line(text: str) -> str:
    """Cleaned text on one line, with a sign where a newline stands: for names and messages."""
    return clean(text).replace("\n", NEWLINE_SIGN)


def flowing(text: str) -> str:
    """Cleaned text on one line, every run of white space one space: for SQL in a table."""
    return _WHITE_SPACE.sub(" ", clean(text)).strip()


def _made_visible(match: re.Match[str]) -> str:
    run = _VARIATION_SELECTORS.sub("", match.group())
    follows_letter = match.start() > 0 and match.string[match.start() - 1] != "\n"
    pieces: list[str] = []
    marks = 0 if follows_letter else -1
    for character in run:
        if not character.isprintable():
            pieces.append(_visible(character))
            marks = 0
        elif get_character_cell_size(character) == 0:
            if marks < 0:
                pieces.append(_DOTTED_CIRCLE)
                marks = 0
            marks += 1
            if marks <= MARKS_PER_LETTER:
                pieces.append(character)
        else:
            pieces.append(character)
            marks = 0
    return "".join(pieces)


def _visible(character: str) -> str:
    code = ord(character)
    if character in _PICTURES:
        return _PICTURES[character]
    if code <= 0x9F:
        return f"\\x{code:02x}"
    if character.isspace():
        return " "
    if unicodedata.category(character) == "Cf":
        return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
    return REPLACEMENT
