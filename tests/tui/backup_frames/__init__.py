"""Hand-made backups: all well, one under way, too old, failing, and none yet."""

from tests.tui.backup_frames.attempts import COPIES, FULLS, KEY, entry, failed, in_order, row
from tests.tui.backup_frames.details import detail, manifest, plan
from tests.tui.backup_frames.jobs import JOB, LOG
from tests.tui.backup_frames.overviews import not_yet, overview, running, trouble
from tests.tui.backup_frames.schedules import SCHEDULES
from tests.tui.backup_frames.situations import calm, incident, under_way, with_backups

__all__ = [
    "COPIES",
    "FULLS",
    "JOB",
    "KEY",
    "LOG",
    "SCHEDULES",
    "calm",
    "detail",
    "entry",
    "failed",
    "in_order",
    "incident",
    "manifest",
    "not_yet",
    "overview",
    "plan",
    "row",
    "running",
    "trouble",
    "under_way",
    "with_backups",
]
