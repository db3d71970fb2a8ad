"""Starting a process that outlives whoever starts it, and its terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from core.errors import PgvigilError
from core.log import open_log

_STANDARD_ERROR = 2


class Detached:
    """The processes of one kind that this process started; ``kind`` is what people call one."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._children: set[int] = set()

    def start(
        self,
        module: str,
        order: bytes,
        log: Path,
        *,
        environment: Mapping[str, str],
        inherited: Sequence[int] = (),
    ) -> int:
        """Start ``python -m module``; gives its pid.

        It has a session of its own, no terminal, ``order`` on its standard input, and its messages
        in the file ``log``, whose folder is there. Of the files that are open here it inherits
        ``inherited`` alone, under other numbers.

        Raises:
            PgvigilError: the log can't be written, or the process could not be started.
        """
        self.reap()
        _keep_files_to_ourselves()
        messages = self._open(log)
        read_end, write_end = os.pipe()
        try:
            pid = _spawn(module, read_end, messages, environment, inherited)
        except OSError as error:
            os.close(write_end)
            raise PgvigilError(
                f"The {self._kind} could not be started",
                why=str(error),
                remedy="see whether the machine is out of processes or memory",
            ) from error
        finally:
            os.close(read_end)
            os.close(messages)
        self._children.add(pid)
        try:
            with os.fdopen(write_end, "wb") as pipe:
                pipe.write(order)
        except BrokenPipeError as error:
            raise PgvigilError(
                f"The {self._kind} ended as soon as it was started", remedy=f"see {log}"
            ) from error
        return pid

    def is_running(self, pid: int) -> bool:
        """Whether ``pid`` was started here and has not ended yet."""
        self.reap()
        return pid in self._children

    def reap(self) -> None:
        """Collect those that ended, so that none stays behind as a zombie of this process."""
        for pid in list(self._children):
            try:
                ended, _ = os.waitpid(pid, os.WNOHANG)
            except ChildProcessError:
                ended = pid
            if ended:
                self._children.discard(pid)

    def _open(self, log: Path) -> int:
        try:
            return open_log(log)
        except OSError as error:
            raise PgvigilError(
                f"The {self._kind}'s log {log} can't be written",
                why=str(error),
                remedy="make the state folder writable for you",
            ) from error


def _spawn(
    module: str,
    read_end: int,
    messages: int,
    environment: Mapping[str, str],
    inherited: Sequence[int],
) -> int:
    # Above every number in use, so that no copy overwrites the source of the next.
    first_copy = max(read_end, messages, *inherited) + 1
    return os.posix_spawn(
        sys.executable,
        # -P: the folder in which this one was started must not shadow a package.
        [sys.executable, "-P", "-m", module],
        environment,
        file_actions=[
            (os.POSIX_SPAWN_DUP2, read_end, 0),
            (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
            (os.POSIX_SPAWN_DUP2, messages, _STANDARD_ERROR),
            *(
                (os.POSIX_SPAWN_DUP2, descriptor, first_copy + index)
                for index, descriptor in enumerate(inherited)
            ),
        ],
        setsid=True,
        setsigmask=(),
    )


def _keep_files_to_ourselves() -> None:
    """See that nothing that is open here stays open in what is started next.

    Python opens files that way, but some came from whoever started this process: a watcher has
    its servers' locks from a console. A job that had them too would keep them when the watcher
    dies, and nobody would start another one.
    """
    for path in Path("/dev/fd").iterdir():
        # The one with which the folder was listed is closed by now.
        with suppress(OSError):
            if int(path.name) > _STANDARD_ERROR:
                os.set_inheritable(int(path.name), False)  # noqa: FBT003 - it takes no keyword
