"""TOML's dictionaries into settings: every problem is collected, none stops the rest."""

from __future__ import annotations

import dataclasses
import difflib
import re
import typing
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from math import isnan
from typing import Any, Literal, TypeGuard, TypeVar

import msgspec

from core.config.problems import KeyPath, Problem, dotted
from core.config.settings import Settings
from core.config.shape import Key, all_keys, bare_type, keys_of

S = TypeVar("S")

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_NEAR_ENOUGH_ELSEWHERE = 0.85

SECRET_KEYS = frozenset(
    {
        "password", "passwd", "pwd", "passphrase", "secret", "sslpassword",
        "secret_access_key", "secret_key", "session_token",
    }
)  # fmt: skip
BUCKET, SECRET_OF_A_BUCKET = "bucket", "secret_access_key"
NEVER_WRITTEN = "a password is never written into the config"
BY_REFERENCE = 'password_env = "VARIABLE", password_file = "~/file" or password_command = […]'


@dataclass(slots=True)
class Found:
    """The problems met so far, each with the path of the key that it is about.

    ``numbers`` are the values of numeric keys that are numbers, but out of their bounds.
    """

    problems: list[tuple[KeyPath, Problem]] = field(default_factory=list)
    numbers: dict[KeyPath, float] = field(default_factory=dict)

    def add(self, path: KeyPath, what: str, *, expected: str = "", nearest: str = "") -> None:
        """Note a problem with the key at ``path``."""
        problem = Problem(what, key=dotted(path), expected=expected, nearest=nearest)
        self.problems.append((path, problem))


def build_settings(table: Mapping[str, Any], found: Found) -> Settings:
    """Settings from a parsed config file; what is wrong is noted and its default stands."""
    return _build(Settings(), table, (), found)


def _build(default: S, table: Mapping[str, Any], path: KeyPath, found: Found) -> S:
    """``default`` with what ``table`` says in its place."""
    keys = keys_of(type(default))
    changes: dict[str, Any] = {}
    for name, value in table.items():
        at = (*path, name)
        key = keys.get(name)
        if key is None:
            _unknown_key(at, keys, found)
        elif key.entries is not None:
            changes[key.attribute] = _entries(key.entries, value, at, found)
        elif key.listed is not None:
            changes[key.attribute] = _list(key.listed, value, at, found)
        elif key.section is not None:
            if isinstance(value, Mapping):
                changes[key.attribute] = _build(getattr(default, key.attribute), value, at, found)
            else:
                found.add(at, f"is {_kind(value)}", expected=_table_of(key.section))
        else:
            _leaf(key, value, at, changes, found)
    return dataclasses.replace(default, **changes)  # type: ignore[type-var]


def _entries(entry: type[Any], value: object, at: KeyPath, found: Found) -> dict[str, Any]:
    """A table of named tables, such as ``[servers.NAME]``."""
    wanted = f"one table each: [{dotted(at)}.NAME]"
    if not isinstance(value, Mapping):
        found.add(at, f"is {_kind(value)}", expected=wanted)
        return {}
    entries = {}
    for name, table in value.items():
        if isinstance(table, Mapping):
            entries[name] = _build(entry(), table, (*at, name), found)
        else:
            nearest = nearest_name(name, keys_of(entry))
            found.add(
                (*at, name),
                f"is {_kind(table)}",
                expected=wanted,
                nearest=f"{dotted((*at, 'NAME', nearest))}" if nearest else "",
            )
    return entries


def _list(member: type[Any], value: object, at: KeyPath, found: Found) -> tuple[Any, ...]:
    """A list of tables, such as ``[[schedules]]``."""
    if not isinstance(value, list) or not all(isinstance(table, Mapping) for table in value):
        found.add(at, f"is {_kind(value)}", expected=f"one table each: [[{dotted(at)}]]")
        return ()
    return tuple(_build(member(), table, (*at, index), found) for index, table in enumerate(value))


def _leaf(key: Key, value: object, at: KeyPath, changes: dict[str, Any], found: Found) -> None:
    if held := _control_character(value):
        found.add(
            at, f"holds the control character {held}", expected="text without control characters"
        )
        return
    if key.is_program and value == []:
        found.add(at, "is an empty list", expected=key.expected)
        return
    try:
        changes[key.attribute] = msgspec.convert(value, key.type)
    except msgspec.ValidationError:
        if bare_type(key.type) in (int, float) and _is_number(value):
            found.numbers[at] = float(value)
        choices = typing.get_args(bare_type(key.type))
        is_choice = typing.get_origin(bare_type(key.type)) is Literal
        near = nearest_name(value, choices) if is_choice and isinstance(value, str) else ""
        found.add(
            at,
            f"is {_shown(value, bare_type(key.type))}",
            expected=key.expected,
            nearest=f'"{near}"' if near else "",
        )


def _control_character(value: object) -> str:
    """The first control character in a text or a list of texts, as TOML writes it; lines may end.

    libpq ends a value at a NUL and would connect as somebody else; none of the others can be meant.
    """
    texts = value if isinstance(value, list) else [value]
    held = _CONTROL.search("".join(text for text in texts if isinstance(text, str)))
    return f"\\u{ord(held[0]):04x}" if held else ""


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and not isnan(value)


def _unknown_key(at: KeyPath, keys: Mapping[str, Key], found: Found) -> None:
    name = str(at[-1])
    if _plain(name) in SECRET_KEYS:
        found.add(at, "a secret is never written into the config", expected=_by_reference(keys))
        return
    near = nearest_name(name, keys)
    if near:
        found.add(at, "is not a key", nearest=dotted((*at[:-1], near)))
        return
    # A key of another table is meant only where it is nearly the same word.
    paths = {str(path[-1]): path for path in reversed([*all_keys()])}
    elsewhere = nearest_name(name, paths, at_least=_NEAR_ENOUGH_ELSEWHERE)
    found.add(
        at,
        "is not a key",
        expected="one of " + ", ".join(keys) if len(keys) <= 8 else "",
        nearest=dotted(paths[elsewhere]) if elsewhere else "",
    )


def _by_reference(keys: Mapping[str, Key]) -> str:
    """How a secret is given instead in the table that takes ``keys``."""
    return BY_REFERENCE.replace("password", SECRET_OF_A_BUCKET) if BUCKET in keys else BY_REFERENCE


def _table_of(section: type[Any]) -> str:
    names = list(keys_of(section))
    return "a table with " + ", ".join(names[:4]) + (", …" if len(names) > 4 else "")


def _plain(name: str) -> str:
    return name.casefold().replace("-", "_").replace(" ", "_")


def nearest_name(name: str, valid: Iterable[str], at_least: float = 0.6) -> str:
    """The valid name that ``name`` was most likely meant to be; empty when none is near.

    ``at_least`` is the similarity that counts as near, from 0 to 1 for the same word.
    """
    plain = {_plain(candidate): candidate for candidate in valid if candidate}
    near = difflib.get_close_matches(_plain(name), plain, n=1, cutoff=at_least)
    return plain[near[0]] if near else ""


_KINDS: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (bool, "true or false"),
    (int, "a whole number"),
    (float, "a number"),
    (str, "text"),
    (Mapping, "a table"),
    (list, "a list"),
    ((datetime, date, time), "a date or time"),
)


def _kind(value: object) -> str:
    return next((name for kind, name in _KINDS if isinstance(value, kind)), "something else")


def _shown(value: object, wanted: object) -> str:
    """The value itself where it can't be a secret that went astray, else its kind."""
    if wanted is not str and isinstance(value, bool | int | float):
        return str(value).lower()
    if typing.get_origin(wanted) is Literal and isinstance(value, str):
        return ascii(value[:40])
    return _kind(value)
