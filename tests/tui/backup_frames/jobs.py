"""A backup's job under way, and what it noted."""

from __future__ import annotations

from core.model.job import Job, JobKind, JobLog, JobNote, JobOrder, JobState, Progress
from tests.tui import frames
from tests.tui.backup_frames.attempts import GIB, SERVER

ORDER = JobOrder(JobKind.BACKUP, SERVER, "anna@bastion", {"kind": "full", "database": "orders"})
JOB = Job(
    job_id="20260314T140101Z-5f0c9a21",
    order=ORDER,
    state=JobState.RUNNING,
    progress=Progress("dumping and sealing", 5 * GIB, 8 * GIB, 118 * 1024 * 1024, 26.0),
    host="bastion",
    pid=41_207,
    created_at=frames.seconds_ago(146),
    started_at=frames.seconds_ago(145),
    heartbeat_at=frames.seconds_ago(1),
)
LOG = JobLog(
    JOB,
    (
        JobNote(frames.seconds_ago(145), "preflight: pg_dump 18.1, role pgvigil, 212 GiB staging"),
        JobNote(frames.seconds_ago(141), "snapshot 00000003-0000001B-1 is held"),
        JobNote(frames.seconds_ago(60), "orders.public.events is the largest table: 3.10 GiB"),
    ),
)
