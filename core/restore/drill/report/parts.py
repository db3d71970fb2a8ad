"""The parts of a report, before it is Markdown or HTML."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells under their heads; without heads it is names and what they are."""

    rows: tuple[tuple[str, ...], ...]
    heads: tuple[str, ...] = ()
    figures: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Section:
    """Something under a title of its own: sentences, then a table, then what is listed."""

    title: str
    sentences: tuple[str, ...] = ()
    table: Table | None = None
    listed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """A whole report; ``is_good`` says how the outcome is to be shown.

    ``warning`` is there where the record is not to be trusted.
    """

    title: str
    outcome: str
    warning: str
    is_good: bool
    sections: tuple[Section, ...]
