"""The settings model looked at as data: which keys there are, what each takes and means."""

from __future__ import annotations

import dataclasses
import functools
import types
import typing
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Union, cast

from msgspec import Meta

from core.config.problems import KeyPath
from core.config.settings import Settings

_WORDS = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "text in quotes",
}


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a table.

    ``section`` is the dataclass when the key is a table, ``entries`` the dataclass of each entry
    when it is a table of named tables, ``listed`` that of each member of a list of tables; all are
    ``None`` for a plain value, whose ``type`` carries its bounds. ``says_more``: ``expected`` adds
    something to the description. ``example`` is a likely value of a key whose default is empty.
    ``is_program``: the value is a program and its arguments, so an empty one means nothing.
    ``attribute`` is the field's name: a key that is a word of Python's has a "_" behind it there.
    """

    name: str
    attribute: str
    type: Any
    description: str
    expected: str
    says_more: bool
    example: Any = None
    is_program: bool = False
    section: type[Any] | None = None
    entries: type[Any] | None = None
    listed: type[Any] | None = None


def bare_type(hint: Any) -> Any:
    """``hint`` without its annotations and without the ``None`` of an optional key."""
    if typing.get_origin(hint) is Annotated:
        return bare_type(typing.get_args(hint)[0])
    if typing.get_origin(hint) in {Union, types.UnionType}:
        return bare_type(next(arm for arm in typing.get_args(hint) if arm is not type(None)))
    return hint


def _metas(hint: Any) -> tuple[Meta, ...]:
    """The annotations of ``hint``, the outermost first."""
    if typing.get_origin(hint) is Annotated:
        inner, *metas = typing.get_args(hint)
        return (*reversed([meta for meta in metas if isinstance(meta, Meta)]), *_metas(inner))
    if typing.get_origin(hint) in {Union, types.UnionType}:
        return _metas(next(arm for arm in typing.get_args(hint) if arm is not type(None)))
    return ()


def _first(metas: tuple[Meta, ...], name: str) -> Any:
    return next((value for meta in metas if (value := getattr(meta, name)) is not None), None)


def _extra(metas: tuple[Meta, ...], name: str) -> str:
    return next((str(meta.extra[name]) for meta in metas if meta.extra and name in meta.extra), "")


def _number(value: float) -> str:
    return f"{value:.0f}" if float(value).is_integer() else f"{value:g}"


def _bounds(metas: tuple[Meta, ...]) -> str:
    least, above = _first(metas, "ge"), _first(metas, "gt")
    most = _first(metas, "le")
    if least is not None and most is not None:
        return f" from {_number(least)} to {_number(most)}"
    words = []
    if least is not None:
        words.append(f"at least {_number(least)}")
    if above is not None:
        words.append(f"above {_number(above)}")
    if most is not None:
        words.append(f"at most {_number(most)}")
    return " " + ", ".join(words) if words else ""


def expected(hint: Any) -> str:
    """What a value of type ``hint`` must be, in words."""
    metas = _metas(hint)
    if words := _extra(metas, "expected"):
        return words
    bare = bare_type(hint)
    if typing.get_origin(bare) is Literal:
        return "one of " + ", ".join(f'"{choice}"' for choice in typing.get_args(bare) if choice)
    if typing.get_origin(bare) is tuple:
        return 'a list of texts, such as ["program", "argument"]'
    if bare not in _WORDS:
        return "a table"
    unit = f" of {words}" if (words := _extra(metas, "unit")) else ""
    return f"{_WORDS[bare]}{unit}{_bounds(metas)}"


def _is_range(metas: tuple[Meta, ...]) -> bool:
    return _first(metas, "ge") is not None and _first(metas, "le") is not None


def keys_of(section: type[Any]) -> dict[str, Key]:
    """The keys of a settings dataclass, in their order."""
    return _keys_of(cast("Hashable", section))


@functools.cache
def _keys_of(section: Any) -> dict[str, Key]:
    hints = typing.get_type_hints(section, include_extras=True)
    keys = {}
    for field in dataclasses.fields(section):
        hint = hints[field.name]
        bare = bare_type(hint)
        name = field.name.removesuffix("_")
        keys[name] = Key(
            name=name,
            attribute=field.name,
            type=hint,
            description=_first(_metas(hint), "description") or "",
            expected=expected(hint),
            says_more=_is_range(_metas(hint)) or typing.get_origin(bare) is Literal,
            example=next(iter(_first(_metas(hint), "examples") or ()), None),
            is_program=_extra(_metas(hint), "names") == "a program",
            section=bare if dataclasses.is_dataclass(bare) else None,
            entries=typing.get_args(bare)[1] if typing.get_origin(bare) is dict else None,
            listed=_listed(bare),
        )
    return keys


def _listed(bare: Any) -> type[Any] | None:
    """The dataclass of which ``bare`` is a tuple, if it is one."""
    if typing.get_origin(bare) is not tuple:
        return None
    member = typing.get_args(bare)[0]
    return member if dataclasses.is_dataclass(member) else None  # type: ignore[return-value]


def all_keys(section: type[Any] = Settings, above: KeyPath = ()) -> Iterator[KeyPath]:
    """The path of every key that a config file can have; ``NAME`` stands for an entry's name."""
    for key in keys_of(section).values():
        path = (*above, key.name)
        yield path
        if key.section:
            yield from all_keys(key.section, path)
        if key.entries:
            yield from all_keys(key.entries, (*path, "NAME"))
        if key.listed:
            yield from all_keys(key.listed, path)
