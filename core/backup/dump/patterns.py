r"""pg_dump's patterns for schemas and tables, as regular expressions of the server.

The rules are those of psql's ``\d``: letters are folded to lower case unless quoted, ``*`` is any
text, ``?`` any character, a dot parts schema and name, ``$`` is itself; the rest is the server's
regular expression. Within double quotes every character stands for itself.
"""

from __future__ import annotations

_SPECIAL = frozenset("|*+?()[]{}.^$\\")


def table_regexes(pattern: str) -> tuple[str, str]:
    r"""The regular expressions for the schema and the name; an empty one fits all.

    >>> table_regexes("sales.*")
    ('^(sales)$', '^(.*)$')
    >>> table_regexes('"Odd.Name"')
    ('', '^(Odd\\.Name)$')
    """
    parts = _parts(pattern)
    schema = f"^({parts[-2]})$" if len(parts) > 1 else ""
    return schema, f"^({parts[-1]})$"


def schema_regex(pattern: str) -> str:
    """The regular expression for a schema's name."""
    return f"^({_parts(pattern)[-1]})$"


def in_any_schema(pattern: str) -> str:
    """The pattern with a schema: pg_dump would else look only into its search path."""
    return pattern if len(_parts(pattern)) > 1 else f"*.{pattern}"


def _parts(pattern: str) -> list[str]:
    parts, quoted, index = [""], False, 0
    while index < len(pattern):
        character = pattern[index]
        if character == '"':
            if quoted and pattern[index + 1 : index + 2] == '"':
                parts[-1] += '"'
                index += 1
            else:
                quoted = not quoted
        elif quoted:
            parts[-1] += f"\\{character}" if character in _SPECIAL else character
        elif character == ".":
            parts.append("")
        else:
            parts[-1] += _unquoted(character)
        index += 1
    return parts


def _unquoted(character: str) -> str:
    if character == "*":
        return ".*"
    if character == "?":
        return "."
    if character == "$":
        return "\\$"
    return character.lower()
