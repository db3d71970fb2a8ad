"""Expressions as a server tells them, in a form that a dump and restore does not change.

A restored check of a varchar column, for example, comes back with its casts and parentheses at
other places: ``(ARRAY['a'::varchar])::text[]`` becomes ``ARRAY[('a'::varchar)::text]``. So casts
and parentheses outside of literals and quoted names are left out.
"""

from __future__ import annotations

import re

# Literals and quoted names are matched first and so kept as they are.
_TOKEN = re.compile(
    r"""
    (?P<kept> E?'(?:[^'\\]|''|\\.)*' | (?<!::)(?<!\.)"(?:[^"]|"")*" (?: \. "(?:[^"]|"")*" )* )
    | (?P<cast> ::
        (?: character\ varying | double\ precision | bit\ varying
          | time(?:stamp)?(?:\(\d+\))?\ with(?:out)?\ time\ zone
          | (?: "(?:[^"]|"")*" | \w+ ) (?: \. (?: "(?:[^"]|"")*" | \w+ ) )* )
        (?: \( [\d,\ -]+ \) )?
        (?: \[\] )* )
    | (?P<parenthesis> [()] )
    | (?P<space> \s+ )
    """,
    re.VERBOSE | re.DOTALL,
)


def normal_expression(text: str) -> str:
    """``text`` without casts, parentheses and spaces outside of literals and quoted names."""
    return _TOKEN.sub(lambda found: found["kept"] or "", text)
