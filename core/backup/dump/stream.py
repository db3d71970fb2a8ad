"""A dump as a stream of bytes, in custom format, which needs no room on a disk."""

from __future__ import annotations

import os
import select
import subprocess
from collections.abc import Callable

from core.backup.dump.arguments import DumpOrder, common_arguments
from core.backup.dump.directory import DumpOutcome
from core.backup.dump.program import Child, running
from core.backup.progress import JobReporter

_BLOCK = 1 << 20
_LOOK_SECONDS = 0.25


def dump_custom(
    order: DumpOrder, write: Callable[[bytes], object], reporter: JobReporter
) -> DumpOutcome:
    """Dump what is ordered, giving the archive's bytes to ``write``.

    What was written is an archive only when this returns.

    Raises:
        BackupError: pg_dump failed.
        CancelledError: a person cancelled the job.
    """
    programs, endpoint = order.programs, order.endpoint
    arguments = [*common_arguments(order), "--format=custom"]
    with running(programs, "pg_dump", arguments, endpoint, stdout=subprocess.PIPE) as child:
        written = pass_on(child, write, reporter)
        child.finish(endpoint.display)
        return DumpOutcome(programs.version_num, order.compression, written, child.warnings)


def pass_on(child: Child, write: Callable[[bytes], object], reporter: JobReporter) -> int:
    """Give what a program writes to ``write`` until its end; gives the bytes' count.

    Raises:
        CancelledError: a person cancelled the job.
    """
    descriptor = child.stdout.fileno()
    written = 0
    while True:
        reporter.check_cancelled()
        ready, _, _ = select.select([descriptor], [], [], _LOOK_SECONDS)
        if not ready:
            continue
        block = os.read(descriptor, _BLOCK)
        if not block:
            return written
        write(block)
        written += len(block)
        reporter.advance(len(block))
