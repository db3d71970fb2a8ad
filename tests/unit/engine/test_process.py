"""What a watcher leaves and finds on its host: locks, its log, its last words."""

from __future__ import annotations

import json
import logging
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from core.api.keeper import last_words
from core.engine.presence import claim, is_watched
from core.errors import PgvigilError, StoreError
from core.log import JsonLines, LogFile


class TestPresence:
    def test_a_server_is_watched_while_its_lock_is_held(self, tmp_path: Path) -> None:
        assert not is_watched(tmp_path, "a")
        lock = claim(tmp_path, "a")
        assert lock is not None
        assert is_watched(tmp_path, "a")
        assert not is_watched(tmp_path, "b")
        os.close(lock)
        assert not is_watched(tmp_path, "a")

    def test_only_one_gets_the_lock(self, tmp_path: Path) -> None:
        lock = claim(tmp_path, "user@host:5432/a")
        assert lock is not None
        assert claim(tmp_path, "user@host:5432/a") is None
        os.close(lock)

    def test_a_process_that_inherits_the_lock_keeps_it_and_its_death_frees_it(
        self, tmp_path: Path
    ) -> None:
        lock = claim(tmp_path, "a")
        assert lock is not None
        sleeper = subprocess.Popen(
            [sys.executable, "-c", "import sys; sys.stdin.read()"],
            stdin=subprocess.PIPE,
            pass_fds=[lock],
        )
        os.close(lock)
        assert is_watched(tmp_path, "a")
        sleeper.kill()
        sleeper.communicate()
        assert not is_watched(tmp_path, "a")

    def test_a_folder_that_can_not_be_made_is_told(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        with pytest.raises(PgvigilError) as caught:
            claim(tmp_path / "file", "a")
        assert "state folder" in caught.value.what


class TestLog:
    def record(self, level: int, message: str, **extra: object) -> logging.LogRecord:
        record = logging.LogRecord("core.engine", level, __file__, 1, message, None, None)
        for name, value in extra.items():
            setattr(record, name, value)
        return record

    def test_a_line_is_json_whatever_the_message_holds(self) -> None:
        line = JsonLines().format(self.record(logging.INFO, 'a "quoted"\nname \x1b[31m'))
        assert "\n" not in line
        assert json.loads(line)["message"] == 'a "quoted"\nname \x1b[31m'

    def test_an_error_is_told_with_why_and_remedy(self) -> None:
        error = StoreError("it is full", why="no space", remedy="free some")
        line = json.loads(JsonLines().format(self.record(logging.ERROR, "failed", problem=error)))
        assert (line["what"], line["why"], line["remedy"]) == (
            "it is full",
            "no space",
            "free some",
        )

    def test_a_large_log_is_turned_over_and_the_one_before_kept(self, tmp_path: Path) -> None:
        program = (
            "import os, sys; from pathlib import Path; from core.log import LogFile;"
            "log = LogFile(Path(sys.argv[1]), 10_000);"
            "os.write(2, b'x' * 9_000); log.tend();"
            "os.write(2, b'y' * 9_000); log.tend();"
            "os.write(2, b'z')"
        )
        path = tmp_path / "watcher.log"
        with path.open("ab") as log:
            subprocess.run([sys.executable, "-c", program, str(path)], stderr=log, check=True)
        assert path.read_text() == "z"
        assert len((tmp_path / "watcher.log.1").read_text()) == 18_000

    def test_another_process_that_turned_it_over_is_followed(self, tmp_path: Path) -> None:
        program = (
            "import os, sys; from pathlib import Path; from core.log import LogFile;"
            "path = Path(sys.argv[1]); path.rename(path.with_name('old')); path.touch();"
            "LogFile(path, 10_000).tend(); os.write(2, b'here')"
        )
        path = tmp_path / "watcher.log"
        with path.open("ab") as log:
            subprocess.run([sys.executable, "-c", program, str(path)], stderr=log, check=True)
        assert path.read_text() == "here"
        assert LogFile(path, 10_000) is not None


class TestLastWords:
    def test_the_last_error_in_the_log_says_why_a_watcher_ended(self, tmp_path: Path) -> None:
        formatter = JsonLines()
        logged = TestLog()
        error = StoreError("it is damaged", why="a bad page", remedy="move it away")
        lines = [
            formatter.format(logged.record(logging.CRITICAL, "the watcher ends", problem=error)),
            formatter.format(logged.record(logging.INFO, "something later")),
        ]
        (tmp_path / "watcher.log").write_text("\n".join(lines) + "\n")
        said = last_words(tmp_path)
        assert (said.what, said.why, said.remedy) == ("it is damaged", "a bad page", "move it away")

    def test_a_traceback_is_told_by_its_last_line(self, tmp_path: Path) -> None:
        (tmp_path / "watcher.log").write_text("Traceback …\nImportError: no psycopg\n")
        assert last_words(tmp_path).why == "ImportError: no psycopg"

    def test_no_log_at_all_is_said_too(self, tmp_path: Path) -> None:
        assert last_words(tmp_path).what == "The watcher ended at once"


def test_the_state_folder_is_private_from_its_first_file_on(tmp_path: Path) -> None:
    state = tmp_path / "state" / "pgvigil"

    descriptor = claim(state, "server")

    assert descriptor is not None
    os.close(descriptor)
    assert [stat.S_IMODE(folder.stat().st_mode) for folder in (state, state / "watched")] == [
        0o700,
        0o700,
    ]
