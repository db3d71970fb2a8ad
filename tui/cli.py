"""The command line: parse, run, and turn every failure into words and an exit code."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from core.errors import PgvigilError
from tui.commands.failures import audience_of, exit_code_of, in_full, tell, unexpected
from tui.commands.output import TerminalGoneError, flush, replace_what_cannot_be_encoded
from tui.commands.parsing import parse, split


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command that ``arguments`` name; returns the exit code (docs/command-line.md)."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    replace_what_cannot_be_encoded()
    try:
        return _run(given)
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    except TerminalGoneError:
        _write_no_more(sys.stdout, sys.stderr)
        return 128 + signal.SIGHUP
    except BrokenPipeError:
        _write_no_more(sys.stdout)
        return 128 + signal.SIGPIPE


def _write_no_more(*streams: TextIO) -> None:
    """Lead streams that nobody reads any more elsewhere: Python's last flush stays quiet."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in streams:
        os.dup2(nowhere, stream.fileno())


def _run(given: Sequence[str]) -> int:
    state: Path | None = None
    try:
        command, options = parse(given)
        state = options.state_folder
        code = command.run(options)
    except (BrokenPipeError, TerminalGoneError, KeyboardInterrupt):
        raise
    except PgvigilError as error:
        tell(in_full(error), audience_of(given))
        code = exit_code_of(error, split(given)[0])
    except Exception as error:  # noqa: BLE001 - nobody is left above to hear of it
        tell(unexpected(error, state), audience_of(given))
        code = exit_code_of(error, split(given)[0])
    flush(sys.stdout)
    return code
