"""By which settings a server is watched, where two processes were given different ones."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from core.api.comparison import compare
from core.api.digest import digest_of
from core.config.backup_settings import BackupSettings
from core.config.drill_settings import DrillSettings
from core.config.dump_settings import DumpSettings
from core.config.encryption_settings import EncryptionSettings, KeySettings
from core.config.repository_settings import RepositorySettings
from core.config.restore_settings import AssertSettings, RestoreSettings
from core.config.retention_settings import RetentionSettings
from core.config.schedule_settings import (
    HookSettings,
    JobSettings,
    SchedulerSettings,
    ScheduleSettings,
)
from core.config.settings import (
    CollectSettings,
    ConsoleSettings,
    EngineSettings,
    ServerSettings,
    Settings,
    ShareThreshold,
    StoreSettings,
    ThresholdSettings,
)
from core.config.verify_settings import VerifySettings
from core.engine.precedence import superseded
from core.model.process import Configuration, ProcessInfo, ProcessKind

NOON = datetime(2026, 3, 14, 12, tzinfo=UTC)
SERVER = ServerSettings(host="db1", user="mon", dbname="shop", password_env="SHOP_PASSWORD")
DSN = "postgresql://mon:hush@db1/shop"


def digest(settings: Settings | None = None, server: ServerSettings = SERVER) -> str:
    return digest_of(settings or Settings(), server, {})


@pytest.mark.parametrize(
    "changed",
    [
        Settings(collect=CollectSettings(statement_timeout_seconds=9)),
        Settings(
            thresholds=ThresholdSettings(connection_usage=ShareThreshold(warning=0.5, critical=0.9))
        ),
        Settings(store=StoreSettings(snapshot_hours=48)),
        Settings(engine=EngineSettings(lease_seconds=9)),
    ],
)
def test_what_decides_how_a_server_is_watched_changes_the_digest(changed: Settings) -> None:
    assert digest(changed) != digest()


@pytest.mark.parametrize(
    "changed",
    [
        replace(SERVER, host="db2"),
        replace(SERVER, sslmode="verify-full"),
        replace(SERVER, password_env="OTHER_PASSWORD"),
        replace(SERVER, storage_quota_bytes=10**12),
        replace(SERVER, restore_user="owner"),
    ],
)
def test_another_connection_changes_the_digest(changed: ServerSettings) -> None:
    assert digest(server=changed) != digest()


REPOSITORY = RepositorySettings(kind="s3", bucket="one", secret_access_key_env="SECRET")
KEY = KeySettings(file="/etc/pgvigil/main.key")
NIGHTLY = ScheduleSettings("nightly", "full", "0 2 * * *")
BACKED_UP = Settings(
    repositories={"offsite": REPOSITORY},
    backup=BackupSettings(copies=("offsite",)),
    keys={"main": KEY},
    schedules=(NIGHTLY,),
)


@pytest.mark.parametrize(
    "changed",
    [
        replace(BACKED_UP, schedules=()),
        replace(BACKED_UP, schedules=(replace(NIGHTLY, cron="0 3 * * *"),)),
        replace(BACKED_UP, schedules=(replace(NIGHTLY, enabled=False),)),
        replace(BACKED_UP, schedules=(replace(NIGHTLY, before=HookSettings(("/bin/hook",))),)),
        replace(BACKED_UP, scheduler=SchedulerSettings(defaults=False)),
        replace(BACKED_UP, jobs=JobSettings(nice=19)),
        replace(BACKED_UP, backup=BackupSettings(copies=("offsite",), databases=("orders",))),
        replace(BACKED_UP, repositories={"offsite": replace(REPOSITORY, bucket="two")}),
        replace(BACKED_UP, encryption=EncryptionSettings(enabled=False)),
        replace(BACKED_UP, keys={"main": KeySettings(env="PGVIGIL_KEY")}),
        replace(BACKED_UP, dump=DumpSettings(workers=1)),
        replace(BACKED_UP, retention=RetentionSettings(grace_seconds=7200)),
        replace(BACKED_UP, verify=VerifySettings(share=1)),
        replace(BACKED_UP, restore=RestoreSettings(grace_days=30)),
        replace(BACKED_UP, restore=RestoreSettings(assert_=(AssertSettings("all", sql="1"),))),
        replace(BACKED_UP, drill=DrillSettings(pick="oldest")),
    ],
)
def test_what_decides_which_jobs_are_started_and_what_they_do_changes_the_digest(
    changed: Settings,
) -> None:
    assert digest(changed) != digest(BACKED_UP)


def prints(secret: str) -> tuple[str, ...]:
    return ("echo", secret)


def with_secret(secret: str) -> list[Settings]:
    repository = replace(REPOSITORY, secret_access_key_command=prints(secret))
    address = replace(REPOSITORY, endpoint_url=f"https://me:{secret}@s3.example.com:9000")
    hook = HookSettings(("/bin/hook", f"--token={secret}"))
    return [
        replace(BACKED_UP, repositories={"offsite": repository}),
        replace(BACKED_UP, repositories={"offsite": address}),
        replace(BACKED_UP, keys={"main": KeySettings(command=prints(secret))}),
        replace(BACKED_UP, keys={"main": KeySettings(passphrase_command=prints(secret))}),
        replace(BACKED_UP, schedules=(replace(NIGHTLY, before=hook),)),
        replace(BACKED_UP, schedules=(replace(NIGHTLY, after=hook),)),
    ]


@pytest.mark.parametrize(
    ("one", "other"), zip(with_secret("hush"), with_secret("psst"), strict=True)
)
def test_no_argument_of_a_program_goes_into_the_digest(one: Settings, other: Settings) -> None:
    assert digest(one) == digest(other)


def test_what_only_a_screen_shows_does_not_change_the_digest() -> None:
    assert digest(Settings(console=ConsoleSettings(theme="pgvigil-light"))) == digest()
    assert digest(server=replace(SERVER, production=True)) == digest()


def test_libpqs_variables_count_as_what_the_connection_takes_from_them() -> None:
    assert digest_of(Settings(), SERVER, {"PGSSLMODE": "require"}) != digest()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (ServerSettings(dsn=DSN), ServerSettings(dsn=DSN.replace("hush", "psst"))),
        (
            ServerSettings(dsn=DSN, password_command=("echo", "hush")),
            ServerSettings(dsn=DSN, password_command=("echo", "psst")),
        ),
    ],
)
def test_no_secret_goes_into_the_digest(one: ServerSettings, other: ServerSettings) -> None:
    assert digest(server=one) == digest(server=other)


def process(
    process_id: str,
    kind: ProcessKind = ProcessKind.WATCHER,
    minutes: float = 0,
    host: str = "bastion",
    **digests: str,
) -> ProcessInfo:
    """A process that was given ``digests`` so many minutes past noon."""
    asked_at = NOON + timedelta(minutes=minutes)
    return ProcessInfo(
        process_id=process_id,
        kind=kind,
        host=host,
        pid=7,
        os_user="anna",
        started_at=asked_at,
        heartbeat_at=asked_at,
        servers=tuple(digests),
        configuration=Configuration(asked_at, digests),
    )


def console(minutes: float, **digests: str) -> ProcessInfo:
    return process("console", ProcessKind.CONSOLE, minutes, **digests)


OLD = process("old", shop="a", blog="a")
NEW = process("new", minutes=1, shop="b", blog="a")


class TestPrecedence:
    def test_a_watcher_leaves_the_servers_that_another_has_by_newer_settings(self) -> None:
        assert superseded(OLD, [OLD, NEW]) == {"shop"}

    def test_the_newer_one_leaves_nothing(self) -> None:
        assert superseded(NEW, [OLD, NEW]) == frozenset()

    def test_another_hosts_settings_are_its_own(self) -> None:
        assert superseded(OLD, [replace(NEW, host="elsewhere")]) == frozenset()

    def test_a_console_watches_nothing_itself(self) -> None:
        assert superseded(OLD, [console(1, shop="b")]) == frozenset()


class TestComparison:
    def test_a_watcher_by_older_settings_is_to_be_replaced(self) -> None:
        found = compare(console(1, shop="b"), [OLD])
        assert found.needs_watcher
        assert found.notice is None

    def test_by_the_same_settings_nothing_is_to_be_done(self) -> None:
        found = compare(console(1, shop="a"), [OLD])
        assert not found.needs_watcher
        assert found.notice is None

    def test_one_that_is_about_to_take_over_is_enough(self) -> None:
        assert not compare(console(2, shop="b"), [OLD, NEW]).needs_watcher

    def test_the_older_console_follows_and_says_so(self) -> None:
        found = compare(console(0, shop="a"), [OLD, NEW])
        assert not found.needs_watcher
        assert found.is_superseded
        assert found.notice is not None
        assert "opened later" in found.notice.title

    def test_it_goes_on_seeing_to_a_server_that_nobody_took(self) -> None:
        assert not compare(console(0, shop="a", mail="a"), [OLD, NEW]).is_superseded

    def test_beside_a_service_nobody_competes_but_what_to_do_is_said(self) -> None:
        service = process("serve", ProcessKind.SERVICE, shop="a")
        found = compare(console(1, shop="b"), [service])
        assert not found.needs_watcher
        assert not found.is_superseded
        assert found.notice is not None
        assert "reload the service" in found.notice.title
        assert "systemctl reload pgvigil" in found.notice.advice

    def test_a_service_of_another_host_is_not_this_ones_to_reload(self) -> None:
        service = process("serve", ProcessKind.SERVICE, host="elsewhere", shop="a")
        assert compare(console(1, shop="b"), [service]).notice is None


def test_a_default_that_is_written_out_as_another_kind_of_number_changes_nothing() -> None:
    by_default = Settings(scheduler=SchedulerSettings(late_hours=12.0))
    written_out = Settings(scheduler=SchedulerSettings(late_hours=12))
    assert digest(by_default) == digest(written_out)
    assert digest(by_default) != digest(Settings(scheduler=SchedulerSettings(late_hours=12.5)))
