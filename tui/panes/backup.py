"""One backup: what it holds, where its copies are, how sure they are, what it was told of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from core.model.backup import BackupCopy, CatalogEntry, CopyState, Manifest, VerificationLevel
from core.model.backup_detail import BackupDetail
from core.model.fingerprint import Fingerprint, TableFingerprint
from core.model.unknown import Unknown
from tui import figures
from tui.lines import EMPTY, Line, Role, Span, crop, joined, line, pad, right
from tui.panes.backup_words import LEVELS, LEVELS_EXPLAINED, left_label, seconds_since
from tui.panes.job import note_lines
from tui.panes.parts import facts_beside, heading, labelled, number
from tui.panes.view import View
from tui.text import clean, one_line

MOST_TABLES = 300
MOST_CHILDREN = 12
HASH_WIDTH = 18

_COPY_ROLES = {
    CopyState.COMPLETE: Role.TEXT,
    CopyState.MISSING: Role.WARNING,
    CopyState.DAMAGED: Role.CRITICAL,
    CopyState.EXPIRED: Role.NOTICE,
}
_PROVIDERS = {"c": "libc", "i": "icu", "b": "builtin"}
"""``pg_database.datlocprovider`` in words."""
_COPY_SIGNS = {CopyState.MISSING: "▲ ", CopyState.DAMAGED: "✖ ", CopyState.EXPIRED: "· "}


def backup_lines(view: View, detail: BackupDetail, width: int) -> list[Line]:
    """Facts, copies, chain, artifacts, fingerprint and log, one below the other."""
    entry, manifest = detail.entry, detail.manifest
    return [
        *facts_beside(_facts(view, detail), width),
        EMPTY,
        *_copies(view, entry, width),
        *_chain(view, detail, width),
        *_manifest(manifest, width),
        *_log(view, detail, width),
    ]


def _facts(view: View, detail: BackupDetail) -> list[tuple[str, Line]]:
    entry, manifest = detail.entry, detail.manifest

    def at(moment: datetime) -> Line:
        return number(figures.moment(moment, relative_to=view.now))

    known = None if isinstance(manifest, Unknown) else manifest
    rows = [
        ("database", line(Span(one_line(entry.database), Role.STRONG))),
        ("kind", line(Span(entry.kind.value, Role.TEXT))),
        ("as of", at(entry.snapshot_at)),
        ("took", _took(detail)),
        ("size", line(Span(figures.size(entry.sealed_bytes), Role.NUMBER),
                      Span(_of_tables(entry), Role.LABEL))),
        ("tables", _tables_on_server(entry)),
        ("key", line(Span(one_line(", ".join(entry.key_ids)) or "not sealed",
                          Role.TEXT if entry.key_ids else Role.NOTICE))),
        ("kept", line(Span(one_line(entry.kept_because), Role.STRONG))),
        ("expired", EMPTY if entry.expired_at is None else at(entry.expired_at)),
    ]  # fmt: skip
    return rows + ([] if known is None else _manifest_facts(known))


def _took(detail: BackupDetail) -> Line:
    """From the beginning of its attempt until all of it was read back; else what is known."""
    attempt, manifest = detail.attempt, detail.manifest
    if attempt is not None and attempt.completed_at is not None:
        return number(figures.duration(_between(attempt.started_at, attempt.completed_at)))
    if isinstance(manifest, Unknown):
        return EMPTY
    told = figures.duration(_between(manifest.started_at, manifest.finished_at))
    return line(Span(told, Role.NUMBER), Span("  until it was stored", Role.LABEL))


def _between(began: datetime, ended: datetime) -> float:
    return max(0.0, (ended - began).total_seconds())


def _of_tables(entry: CatalogEntry) -> str:
    share = entry.share_of_tables
    return "" if share is None else f"  {figures.percent(share)} of its tables"


def _tables_on_server(entry: CatalogEntry) -> Line:
    """What its tables took on the server just before."""
    if not entry.table_bytes:
        return EMPTY
    size = figures.size(entry.table_bytes)
    return line(Span(size, Role.NUMBER), Span("  without indexes", Role.LABEL))


def _manifest_facts(manifest: Manifest) -> list[tuple[str, Line]]:
    chosen = manifest.selection
    only = [*chosen.schemas, *chosen.tables]
    return [
        ("server", number(f"PostgreSQL {_version(manifest.server_version)}")),
        ("pg_dump", number(_version(manifest.program_version))),
        ("format", number(f"{manifest.archive_format.value}, {one_line(manifest.compression)}")),
        ("taken on", line(Span(one_line(manifest.host), Role.TEXT))),
        ("asked by", line(Span(one_line(manifest.who), Role.TEXT))),
        ("schedule", line(Span(one_line(manifest.schedule), Role.TEXT))),
        ("only", line(Span(one_line(", ".join(only)), Role.NOTICE))),
    ]


def _version(number_of_it: int) -> str:
    """180001 as 18.1."""
    return f"{number_of_it // 10_000}.{number_of_it % 10_000}"


def _copies(view: View, entry: CatalogEntry, width: int) -> list[Line]:
    head = heading("Copies", width)
    if not entry.copies:
        return [head, line(Span("✖ none is known", Role.CRITICAL))]
    return [head, *(row for copy in entry.copies for row in _copy(view, copy, entry, width))]


def _copy(view: View, copy: BackupCopy, entry: CatalogEntry, width: int) -> list[Line]:
    state = Span(f"{_COPY_SIGNS.get(copy.state, '')}{copy.state.value}", _COPY_ROLES[copy.state])
    told = joined(
        [
            pad(line(Span(one_line(copy.repository), Role.STRONG)), 12),
            pad(line(state), 11),
            *left_label(view, copy),
            *_proof(view, copy),
            *_expiry(view, copy, entry),
        ]
    )
    return [crop(told, width), *labelled("    ", clean(copy.problem), width, Role.WARNING)]


def _expiry(view: View, copy: BackupCopy, entry: CatalogEntry) -> list[Line]:
    """That this one is to be destroyed, where others are kept."""
    if copy.expired_at is None or entry.expired_at is not None:
        return []
    at = figures.moment(copy.expired_at, relative_to=view.now)
    return [line(Span(f"expired {at}", Role.NOTICE))]


def _proof(view: View, copy: BackupCopy) -> list[Line]:
    """How far a copy was verified, when, and what that means; of a bad one its problem tells."""
    explained = line(Span(LEVELS_EXPLAINED[copy.level], Role.LABEL))
    if copy.level is not VerificationLevel.NONE:
        at = copy.verified_at
        ago = "" if at is None else figures.age(seconds_since(view, at))
        return [line(Span(LEVELS[copy.level], Role.TEXT)), line(Span(ago, Role.NUMBER)), explained]
    if copy.state is not CopyState.COMPLETE:
        return []
    return [line(Span(f"? {LEVELS[copy.level]}", Role.UNKNOWN)), explained]


def _chain(view: View, detail: BackupDetail, width: int) -> list[Line]:
    if not detail.ancestors and not detail.needed_by and not detail.entry.needs:
        return []
    rows = [EMPTY, heading("Chain", width)]
    known = {each.backup_id for each in detail.ancestors}
    for each in detail.ancestors:
        when = figures.moment(each.snapshot_at, relative_to=view.now)
        rows.append(
            crop(
                joined(
                    [
                        line(Span("needs", Role.LABEL)),
                        line(Span(one_line(each.backup_id), Role.TEXT)),
                        line(Span(when, Role.NUMBER)),
                        _good(each),
                    ]
                ),
                width,
            )
        )
    for gone in sorted(detail.entry.needs - known):
        told = f"✖ needs {one_line(gone)}, of which nothing is known"
        rows.append(crop(line(Span(told, Role.CRITICAL)), width))
    if detail.needed_by:
        shown = ", ".join(one_line(each) for each in detail.needed_by[:MOST_CHILDREN])
        more = len(detail.needed_by) - MOST_CHILDREN
        rows += labelled("needed by ", shown + (f" and {more} more" if more > 0 else ""), width)
    return rows


def _good(entry: CatalogEntry) -> Line:
    if entry.is_good:
        return line(Span("good", Role.TEXT))
    if entry.is_unverified:
        return line(Span("? not verified yet", Role.UNKNOWN))
    return line(Span("✖ not good", Role.CRITICAL))


def _manifest(manifest: Manifest | Unknown, width: int) -> list[Line]:
    if isinstance(manifest, Unknown):
        return [
            EMPTY,
            heading("Manifest", width),
            *labelled("? ", clean(manifest.reason), width, Role.UNKNOWN),
            *labelled("do  ", clean(manifest.remedy), width, Role.STRONG),
        ]
    return [
        EMPTY,
        heading("Manifest", width),
        *_artifacts(manifest, width),
        *(
            row
            for each in manifest.warnings
            for row in labelled("! ", clean(each), width, Role.WARNING)
        ),
        *(row for note in manifest.notes for row in labelled("note  ", clean(note), width)),
        EMPTY,
        *_fingerprint(manifest.fingerprint, width),
    ]


def _artifacts(manifest: Manifest, width: int) -> list[Line]:
    """How many artifacts of each role there are, and what they take; how many are a parent's."""
    counts = Counter(each.role for each in manifest.artifacts)
    sizes: Counter[str] = Counter()
    elsewhere: Counter[str] = Counter()
    for each in manifest.artifacts:
        sizes[each.role] += each.sealed_bytes
        elsewhere[each.role] += each.backup_id != manifest.backup_id
    rows = []
    for role, count in counts.items():
        parents = f"{elsewhere[role]} in earlier backups" if elsewhere[role] else ""
        rows.append(
            line(
                pad(line(Span(role.value, Role.TEXT)), 20),
                right(line(Span(str(count), Role.NUMBER)), 7),
                right(line(Span(figures.size(sizes[role]), Role.NUMBER)), 11),
                Span(f"  {parents}", Role.LABEL),
            )
        )
    return [crop(row, width) for row in rows]


def _fingerprint(taken: Fingerprint, width: int) -> list[Line]:
    extensions = ", ".join(f"{name} {version}" for name, version in taken.extensions)
    return [
        heading("Fingerprint", width),
        *labelled("encoding    ", one_line(taken.encoding), width),
        *labelled("locale      ", one_line(_locale(taken)), width),
        *labelled("extensions  ", one_line(extensions), width),
        *labelled("schema      ", one_line(taken.schema), width),
        *_tables(taken.tables, width),
    ]


def _locale(taken: Fingerprint) -> str:
    """Its parts under the names that psql's list of databases has for them."""
    names = taken.collation.split()
    parts = [("provider", _PROVIDERS.get(taken.locale_provider, taken.locale_provider))]
    if len(names) in {2, 3}:
        parts += zip(("collate", "ctype", "locale"), names, strict=False)
    else:
        parts.append(("collate", taken.collation))
    return ", ".join(f"{name} {value}" for name, value in parts if value)


def _tables(tables: Iterable[TableFingerprint], width: int) -> list[Line]:
    ordered = sorted(tables, key=lambda each: -(each.rows if each.rows is not None else -1))
    name_width = max(12, width - 12 - HASH_WIDTH - 4)
    rows = [
        crop(
            line(
                pad(line(Span(one_line(f"{each.schema}.{each.name}"), Role.TEXT)), name_width),
                right(line(_rows(each)), 12),
                "  ",
                Span(one_line(each.content)[-HASH_WIDTH:] or "not hashed", Role.MUTED),
            ),
            width,
        )
        for each in ordered[:MOST_TABLES]
    ]
    if not rows:
        return [line(Span("it holds no table", Role.MUTED))]
    titles = line(
        pad(line(Span("table", Role.LABEL)), name_width),
        right(line(Span("rows", Role.LABEL)), 12),
        "  ",
        Span("content", Role.LABEL),
    )
    more = len(ordered) - MOST_TABLES
    told = f"… {more} smaller ones: pgvigil backup show has them all"
    return [crop(titles, width), *rows, *([line(Span(told, Role.MUTED))] if more > 0 else [])]


def _rows(each: TableFingerprint) -> Span:
    if each.rows is None:
        return Span("?", Role.UNKNOWN)
    return Span(f"{each.rows:,}".replace(",", "\N{NARROW NO-BREAK SPACE}"), Role.NUMBER)


def _log(view: View, detail: BackupDetail, width: int) -> list[Line]:
    head = [EMPTY, heading("Log of its job", width)]
    if detail.log is None:
        return [*head, line(Span("not here: taken elsewhere, or too long ago", Role.MUTED))]
    return [*head, *note_lines(view, detail.log, width)]
