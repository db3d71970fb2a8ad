"""Which copies are read again: what is least known first, within a budget."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from core.backup.verify.plan import copies_in, plan_verification
from core.config.verify_settings import VerifySettings
from core.model.backup import CANT_BE_READ, CatalogEntry, CopyState, VerificationLevel
from tests.unit.backup.catalog_entries import NOW, entry

DAMAGED = CopyState.DAMAGED
ALL = VerifySettings(share=1)


def chosen(*entries: CatalogEntry, settings: VerifySettings = ALL) -> list[str]:
    copies = copies_in(entries, "local")
    return [each.entry.backup_id for each in plan_verification(copies, settings, NOW)]


def verified(days_ago: float, days_old: float = 100) -> CatalogEntry:
    found = entry(days_old)
    copy = replace(found.copies[0], verified_at=NOW - timedelta(days=days_ago))
    return replace(found, copies=(copy,))


def refused(sound: CatalogEntry) -> CatalogEntry:
    copy = replace(sound.copies[0], problem=f"{CANT_BE_READ}archived")
    return replace(sound, copies=(copy,))


def test_the_longest_ago_comes_first() -> None:
    assert chosen(verified(20, 50), verified(40, 60), verified(30, 70)) == [
        "full-60",
        "full-70",
        "full-50",
    ]


def test_what_was_never_read_comes_before_that_and_damage_before_all() -> None:
    never = entry(10, level=VerificationLevel.NONE)
    damaged = entry(9, level=VerificationLevel.NONE, state=CopyState.DAMAGED)
    assert chosen(verified(40, 60), never, damaged) == ["full-9", "full-10", "full-60"]


def test_what_was_read_in_the_last_days_is_left_alone() -> None:
    assert chosen(verified(6.9, 20), verified(7.1, 30)) == ["full-30"]


def test_what_a_clock_that_ran_ahead_says_was_read_is_read_again_first() -> None:
    assert chosen(verified(-400, 20), verified(7.1, 30), verified(1, 10)) == ["full-20", "full-30"]


def test_what_is_missing_expired_or_elsewhere_is_not_read() -> None:
    missing = entry(10, state=CopyState.MISSING)
    assert chosen(missing, entry(11, expired_days_ago=0.1)) == []
    assert copies_in([entry(12, state=CopyState.EXPIRED), entry(13)], "s3") == ()


def test_what_is_not_good_is_read_again_in_its_time_of_grace() -> None:
    never = entry(10, level=VerificationLevel.NONE, expired_days_ago=0.1)
    damaged = entry(9, level=VerificationLevel.NONE, state=DAMAGED, expired_days_ago=0.1)
    assert chosen(never, damaged, refused(entry(8, expired_days_ago=0.1))) == [
        "full-9",
        "full-8",
        "full-10",
    ]


def test_what_can_not_be_read_is_tried_again_each_time_and_keeps_no_other_waiting() -> None:
    closed = [refused(verified(1, 100 + number)) for number in range(8)]
    others = [verified(50, 90), verified(51, 91)]
    found = chosen(*closed, *others, settings=VerifySettings(share=0.2))
    assert set(found) == {each.backup_id for each in (*closed, *others)}


def test_a_share_of_all_bytes_is_read() -> None:
    ten = [verified(50 + number, 100 + number) for number in range(10)]
    assert len(chosen(*ten, settings=VerifySettings(share=0.3))) == 3
    assert chosen(*ten, settings=VerifySettings(share=0.3))[0] == "full-109"


def test_at_least_one_copy_is_read_however_small_the_share() -> None:
    assert (
        len(chosen(verified(50, 100), verified(51, 101), settings=VerifySettings(share=0.01))) == 1
    )


def test_bytes_limit_it_further() -> None:
    ten = [verified(50 + number, 100 + number) for number in range(10)]
    assert len(chosen(*ten, settings=VerifySettings(share=1, bytes=250))) == 2
    assert len(chosen(*ten, settings=VerifySettings(share=0.1, bytes=250))) == 1


def test_everything_has_its_turn() -> None:
    settings = VerifySettings(share=0.05, again_days=1)
    entries = {each.backup_id: each for each in (entry(100 + n) for n in range(30))}
    seen = set()
    for day in range(30):
        now = NOW + timedelta(days=day)
        for each in plan_verification(copies_in(entries.values(), "local"), settings, now):
            copy = replace(each.copy, verified_at=now)
            entries[each.entry.backup_id] = replace(each.entry, copies=(copy,))
            seen.add(each.entry.backup_id)
    assert seen == set(entries)
