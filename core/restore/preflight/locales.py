"""The locales of the operating system that a server runs on, by their names."""

from __future__ import annotations

from core.model.restore_target import TargetState

_EVERYWHERE = frozenset({"c", "posix", "cutf8"})


def knows_locale(target: TargetState, locale: str) -> bool:
    """Whether the server's operating system knows a locale, as far as its catalog tells."""
    known = {_plain(each) for each in target.collations} | _EVERYWHERE
    return _plain(locale) in known


def _plain(locale: str) -> str:
    """A locale's name as operating systems compare it: en_US.UTF-8 is en_US.utf8."""
    return locale.lower().replace("-", "").replace(".", "")
