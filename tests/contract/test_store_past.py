"""What rewinding shows of backups and security: what there was at that moment."""

from __future__ import annotations

from datetime import timedelta

from core.api.frames import read_past
from core.config.settings import Settings
from core.store.seed_tables import backup_jobs, security_events
from core.store.store import Store
from tests.contract.examples import NOW, SERVER


def test_the_past_tells_what_is_not_set_up(store: Store) -> None:
    frame = read_past(store, Settings(), SERVER, NOW)
    assert frame.backups is not None
    assert not frame.backups.is_configured
    assert frame.security is not None
    assert not frame.security.configured


def test_the_past_holds_what_had_begun_as_it_stood_then(store: Store) -> None:
    hour = timedelta(hours=1)
    with store._database.writing() as connection:
        for begun, ended in ((9, 8), (3, 1)):
            connection.execute(
                backup_jobs.insert().values(
                    server_id=SERVER, backup_type="full", status="completed", file_size_bytes=begun,
                    created_at=NOW - begun * hour, started_at=NOW - begun * hour,
                    completed_at=NOW - ended * hour, verification_status="verified",
                )
            )  # fmt: skip
            connection.execute(
                security_events.insert().values(
                    server_id=SERVER, event_type="auth_failure", user_id="mallory",
                    ip_address="192.0.2.1", risk_score=70, details={"summary": f"{begun} h ago"},
                    timestamp=NOW - begun * hour,
                )
            )  # fmt: skip

    def past(hours: int) -> tuple[list[str], list[str]]:
        frame = read_past(store, Settings(), SERVER, NOW - hours * hour)
        assert frame.backups is not None
        assert frame.security is not None
        outcomes = [row.outcome.value for row in frame.backups.history.rows]
        return outcomes, [e.summary for e in frame.security.events]

    assert past(0) == (["pruned", "pruned"], ["3 h ago", "9 h ago"])
    assert past(2) == (["running", "pruned"], ["3 h ago", "9 h ago"])
    assert past(5) == (["pruned"], ["9 h ago"])
    assert past(10) == ([], [])
