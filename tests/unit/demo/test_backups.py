"""What the demonstration's config says of backups."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.config.load import load_settings
from core.config.repository_settings import RepositorySettings
from core.config.settings import ConsoleSettings, ServerSettings, Settings, StoreSettings
from core.demo.backups import SERVER_ID, Backups, schedules
from core.demo.config_file import config_text, write_config
from core.demo.preparing import let_begin
from core.schedule.firing import trigger_of
from core.store.store import Store

READY = datetime(2026, 11, 21, 8, 59, 59, 900_000, UTC)


def backups(begun_at: datetime = READY) -> Backups:
    local = RepositorySettings(kind="folder", path="/demo/backups")
    bucket = RepositorySettings(
        kind="s3",
        provider="other",
        bucket="backups",
        endpoint_url="http://127.0.0.1:9000",
        access_key_id="pgvigil-demo",
        secret_access_key_file="/demo/s3.secret",
    )
    return Backups({"local": local, "s3": bucket}, "/demo/main.key", "/demo/bin", begun_at)


def demo_settings(others: Settings) -> Settings:
    server = ServerSettings(host="127.0.0.1", port=20_000, password_file="/demo/password")
    return replace(backups().settings(others), servers={SERVER_ID: server}, store=StoreSettings())


def test_the_config_file_says_just_what_the_demo_uses(tmp_path: Path) -> None:
    given = tmp_path / "given.toml"
    given.write_text(
        '[console]\ntheme = "nord"\n[thresholds]\nquery_mean_ms = { warning = 1, critical = 2 }\n'
        '[repositories.mine]\npath = "/mine"\n[backup]\ncopies = ["mine"]\n'
    )
    settings = demo_settings(load_settings(given))
    written = tmp_path / "config.toml"

    write_config(written, settings)

    assert load_settings(written) == settings
    assert written.stat().st_mode & 0o777 == 0o600


def test_what_is_default_is_not_in_the_config_file() -> None:
    text = config_text(demo_settings(Settings(console=ConsoleSettings(low_bandwidth=True))))

    assert "[console]\nlow_bandwidth = true\n\n" in text
    assert "[collect]" not in text


def test_backups_of_a_persons_own_config_are_not_the_demos() -> None:
    own = Settings(repositories={"mine": RepositorySettings(path="/mine")})

    settings = backups().settings(own)

    assert set(settings.repositories) == set(settings.backup.copies) == {"local", "s3"}


@pytest.mark.parametrize("minute", range(60))
def test_a_full_backup_is_due_when_the_demo_is_ready_and_each_half_an_hour(minute: int) -> None:
    begun_at = READY.replace(minute=minute)
    full = trigger_of(schedules(begun_at)[0], SERVER_ID)

    since = full.all_after(begun_at.replace(second=0, microsecond=0) - timedelta(seconds=1))

    first = begun_at.replace(second=0, microsecond=0)
    assert [next(since), next(since)] == [first, first + timedelta(minutes=30)]


def test_whoever_watches_first_finds_the_full_backup_due(tmp_path: Path) -> None:
    full = schedules(READY)[0]
    rule = trigger_of(full, SERVER_ID).rule

    let_begin(backups(), tmp_path)

    store = Store.open(StoreSettings(), state_folder=tmp_path, migrate=False)
    known = store.runs.know(SERVER_ID, full.name, rule, READY + timedelta(seconds=5))
    store.close()
    assert known.since < READY.replace(second=0, microsecond=0) < READY
