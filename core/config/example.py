"""A config file written from the settings model: every key with its default and what it means."""

from __future__ import annotations

import dataclasses
import textwrap
from collections.abc import Mapping
from typing import Any

import tomli_w

from core.config.problems import dotted
from core.config.settings import ServerSettings, Settings
from core.config.shape import Key, keys_of

WIDTH = 88

_HEAD = """\
pgvigil's configuration, read from ~/.config/pgvigil/config.toml, from the file that
$PGVIGIL_CONFIG names, or from the one given with --config.

A line that begins with # shows a default, or an example where there is none: take the #
away to change it. Units are at the end of a key's name or in its comment. No password is
ever written here, only where to find it. After an edit: pgvigil config check"""

EXAMPLE_SERVERS: Mapping[str, Mapping[str, Any]] = {
    "orders": {
        "host": "db.example.com",
        "dbname": "orders",
        "user": "pgvigil",
        "password_env": "ORDERS_PASSWORD",
        "production": True,
    }
}


def document(servers: Mapping[str, Mapping[str, Any]]) -> str:
    """A commented config file with these servers, each given by the keys that are not default."""
    parts = [_comment(_HEAD)]
    parts += [
        _table(ServerSettings, f"[{dotted(('servers', name))}]", keys)
        for name, keys in servers.items()
    ]
    for key in keys_of(Settings).values():
        if key.section:
            parts.append(_table(key.section, f"[{key.name}]", {}))
            parts += _lists_in(key.section, key.name)
        elif key.entries and key.name != "servers":
            parts.append(_table(key.entries, f"#[{dotted((key.name, 'NAME'))}]", {}))
        elif key.listed:
            parts.append(_table(key.listed, f"#[[{key.name}]]", {}))
    return "\n\n\n".join(parts) + "\n"


def server_block(name: str, keys: Mapping[str, Any]) -> str:
    """The table of one server with just ``keys``, to be pasted into a config file."""
    lines = [f"[{dotted(('servers', name))}]"]
    lines += [f"{key} = {toml_value(value)}" for key, value in keys.items()]
    return "\n".join(lines) + "\n"


def toml_value(value: Any) -> str:
    """``value`` as TOML writes it on one line."""
    if dataclasses.is_dataclass(value):
        members = [
            f"{field.name} = {toml_value(getattr(value, field.name))}"
            for field in dataclasses.fields(value)
        ]
        return "{ " + ", ".join(members) + " }"
    if isinstance(value, tuple | list):
        return "[" + ", ".join(toml_value(member) for member in value) + "]"
    if isinstance(value, int) and not isinstance(value, bool) and value >= 100_000:
        return f"{value:_}"
    return tomli_w.dumps({"key": value}).removeprefix("key = ").rstrip("\n")


def _table(section: type[Any], head: str, given: Mapping[str, Any]) -> str:
    """A table; its ``head`` is a comment too where there is none of it by default."""
    defaults = section()
    parts = [f"{_comment(_summary(section))}\n{head}"]
    keys = keys_of(section).values()
    parts += [
        _entry(key, getattr(defaults, key.attribute), given) for key in keys if not key.listed
    ]
    return "\n\n".join(parts)


def _lists_in(section: type[Any], name: str) -> list[str]:
    """The lists of tables that stand in a table: each a block of its own, as ``[[name.key]]``."""
    return [
        _table(key.listed, f"#[[{dotted((name, key.name))}]]", {})
        for key in keys_of(section).values()
        if key.listed
    ]


def _entry(key: Key, default: Any, given: Mapping[str, Any]) -> str:
    words = [key.description]
    if key.says_more:
        words.append(f"{key.expected[0].upper()}{key.expected[1:]}.")
    shown = default
    if default in {None, "", ()} or (key.section and key.example is not None):
        words.append("No default.")
        shown = key.example
    if key.name in given:
        return f"{_comment(' '.join(words))}\n{key.name} = {toml_value(given[key.name])}"
    return f"{_comment(' '.join(words))}\n#{key.name} = {toml_value(shown)}"


def _summary(section: type[Any]) -> str:
    return (section.__doc__ or "").strip()


def _comment(text: str) -> str:
    paragraphs = [textwrap.dedent(part) for part in text.split("\n\n")]
    wrapped = [
        "\n".join(textwrap.wrap(part, WIDTH, initial_indent="# ", subsequent_indent="# "))
        for part in paragraphs
    ]
    return "\n#\n".join(wrapped)
