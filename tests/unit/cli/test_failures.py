from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from argparse import Namespace
from pathlib import Path

import pytest

from core.errors import ConfigError, ExitCode, PgvigilError, ServerError
from tests.servers.commands import move_home
from tui.cli import main
from tui.commands import config as config_command
from tui.commands.failures import exit_code_of
from tui.commands.report import without_secrets

SECRET = "hunter2"
CONFIG_EXAMPLE = "import sys; from tui.cli import main; sys.exit(main(['config', 'example']))"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    move_home(tmp_path, monkeypatch)
    return tmp_path


@pytest.fixture
def bad_config(home: Path) -> str:
    path = home / "bad.toml"
    path.write_text("[servers.a]\nport = 0\nhots = 'x'\n", encoding="utf-8")
    return str(path)


def test_a_usage_error_is_told_with_the_usage_and_exit_code_64(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["config", "chek"]) == ExitCode.USAGE
    told = capsys.readouterr()
    assert told.out == ""
    assert "invalid choice: 'chek'" in told.err
    assert "pgvigil config --help" in told.err


def test_a_command_that_is_mistyped_is_no_servers_name_but_the_nearest_command_is_named(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["statsu"]) == ExitCode.USAGE
    assert "did you mean pgvigil status?" in capsys.readouterr().err
    assert main(["orders"]) == ExitCode.USAGE
    assert "did you mean" not in capsys.readouterr().err


def test_config_check_says_every_problem_and_ends_with_78(
    bad_config: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["config", "check", bad_config]) == ExitCode.CONFIG
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(": ")[:2] for line in lines] == [
        [f"{bad_config}:2", "servers.a.port"],
        [f"{bad_config}:3", "servers.a.hots"],
    ]


def test_config_check_as_json_gives_each_problem(
    bad_config: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["config", "check", "--json", bad_config]) == ExitCode.CONFIG
    told = json.loads(capsys.readouterr().out)
    assert [(p["line"], p["key"], p["nearest"]) for p in told["problems"]] == [
        (2, "servers.a.port", ""),
        (3, "servers.a.hots", "servers.a.host"),
    ]


def test_config_check_says_which_theme_is_not_there(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    themes = home / ".config/pgvigil/themes"
    themes.mkdir(parents=True)
    (themes / "broken.toml").write_text("colours = 5\n", encoding="utf-8")
    config = home / ".config/pgvigil/config.toml"
    config.write_text('[console]\ntheme = "broken"\n', encoding="utf-8")
    assert main(["config", "check"]) == ExitCode.CONFIG
    told = capsys.readouterr()
    assert "config.toml:2: console.theme: no such theme; expected one of pgvigil-" in told.out
    assert "broken.toml" in told.err


def test_config_check_names_the_theme_that_was_meant(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = home / "config.toml"
    config.write_text('[console]\ntheme = "pgvigil-ligth"\n', encoding="utf-8")
    assert main(["config", "check", "--json", str(config)]) == ExitCode.CONFIG
    [problem] = json.loads(capsys.readouterr().out)["problems"]
    assert problem["key"] == "console.theme"
    assert problem["nearest"] == '"pgvigil-light"'


def test_a_terminal_without_unicode_gets_help_all_the_same() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from tui.cli import main; main(['--help'])"],
        env={**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"},
        capture_output=True,
        check=True,
    )
    assert done.stdout.startswith(b"usage: pgvigil")


def test_the_option_of_every_command_may_stand_before_and_after_it(
    bad_config: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--config", bad_config, "config", "path"]) == ExitCode.OK
    assert main(["config", "path", "--config", bad_config]) == ExitCode.OK
    assert capsys.readouterr().out.splitlines() == [bad_config, bad_config]


def test_status_fails_as_unknown_whatever_the_reason(
    bad_config: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["status", "--nagios", "--config", bad_config]) == ExitCode.UNKNOWN
    told = capsys.readouterr()
    assert told.out.startswith("PGVIGIL UNKNOWN - the config")
    assert len(told.out.splitlines()) == 1
    assert "|" not in told.out
    assert main(["status", "--timeout", "soon"]) == ExitCode.UNKNOWN


def test_status_for_monitoring_names_how_many_problems_a_config_has_and_the_first(
    bad_config: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["status", "--nagios", "--config", bad_config]) == ExitCode.UNKNOWN
    told = capsys.readouterr().out
    assert "has 2 problems, the first: line 2, servers.a.port: is 0" in told
    assert "hots" not in told


def test_every_command_lists_the_problems_of_a_config_that_config_check_lists(
    bad_config: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = Path(bad_config)
    unreadable = "[servers.b]\ndsn = 'postgresql://a b/x'\n[console]\ntheme = 'pgvigil-drak'\n"
    path.write_text(path.read_text() + unreadable)
    assert main(["config", "check", bad_config]) == ExitCode.CONFIG
    listed = capsys.readouterr().out.splitlines()
    assert len(listed) == 4
    for command in (["status"], ["serve"], ["doctor"], []):
        main([*command, "--config", bad_config])
        told = capsys.readouterr().err
        assert "has 4 problems" in told
        assert all(problem in told for problem in listed), command


def test_with_json_an_error_is_json_too(
    bad_config: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["status", "--json", "--config", bad_config]) == ExitCode.UNKNOWN
    told = capsys.readouterr()
    assert told.err == ""
    assert set(json.loads(told.out)["error"]) == {"what", "why", "remedy"}


def test_the_console_refuses_a_bad_config_before_anything_else(
    bad_config: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--config", bad_config]) == ExitCode.CONFIG
    err = capsys.readouterr().err
    assert "has 2 problems" in err
    assert f"pgvigil config check {bad_config}" in err


@pytest.mark.parametrize(
    ("error", "command", "expected"),
    [
        (ConfigError("x"), "console", ExitCode.CONFIG),
        (ConfigError("x"), "status", ExitCode.UNKNOWN),
        (ServerError("x"), "doctor", ExitCode.UNKNOWN),
        (ValueError("x"), "console", ExitCode.UNKNOWN),
    ],
)
def test_the_error_gives_the_exit_code(error: Exception, command: str, expected: ExitCode) -> None:
    assert exit_code_of(error, command) == expected


def failing(error: BaseException, monkeypatch: pytest.MonkeyPatch, *options: str) -> int:
    def run(_: Namespace) -> int:
        raise error

    monkeypatch.setattr(config_command, "run", run)
    return main([*options, "config", "path"])


def test_an_unforeseen_error_leaves_a_report_and_no_traceback(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    error = ValueError(f"postgresql://u:{SECRET}@h/d and password='{SECRET}'")
    assert failing(error, monkeypatch) == ExitCode.UNKNOWN
    (report,) = (home / ".local/state/pgvigil/reports").iterdir()
    told = capsys.readouterr().err
    assert "Traceback" not in told
    assert str(report) in told
    assert "pass that file on" in told
    written = report.read_text(encoding="utf-8")
    assert "Traceback" in written
    assert "ValueError" in written
    assert SECRET not in written
    assert report.stat().st_mode & 0o777 == 0o600


def test_the_report_goes_to_the_state_folder_that_was_named(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    named = home / "state"
    assert failing(ValueError("x"), monkeypatch, "--state-folder", str(named)) == ExitCode.UNKNOWN
    (report,) = (named / "reports").iterdir()
    assert str(report) in capsys.readouterr().err
    assert not (home / ".local").exists()


def test_an_unforeseen_error_is_told_even_where_no_report_can_be_written(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / ".local").write_text("a file in the way", encoding="utf-8")
    assert failing(ValueError(f"x of password={SECRET}"), monkeypatch) == ExitCode.UNKNOWN
    told = capsys.readouterr().err
    assert "x of password=***; no report could be written" in told


def test_an_unforeseen_error_is_told_even_where_no_home_is_known(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("os.getuid", lambda: 4_000_000_000)  # in no passwd file
    assert failing(ValueError("x"), monkeypatch) == ExitCode.UNKNOWN
    assert "no home folder is known" in capsys.readouterr().err


def test_ctrl_c_is_quiet(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert failing(KeyboardInterrupt(), monkeypatch) == 128 + signal.SIGINT
    assert capsys.readouterr() == ("", "")


def test_text_in_an_error_reaches_no_terminal_as_it_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    failing(PgvigilError("role \x1b[2J", why="\x07", remedy="x"), monkeypatch)
    assert "\x1b" not in capsys.readouterr().err


def test_a_reader_that_has_gone_is_no_error() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-c", CONFIG_EXAMPLE],
        stdout=writing,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writing)
    assert done.returncode == 128 + signal.SIGPIPE
    assert done.stderr == b""


def test_a_terminal_that_was_closed_is_no_error_of_pgvigils_own(home: Path) -> None:
    ours, theirs = os.openpty()
    os.close(ours)
    ended = subprocess.run(
        [sys.executable, "-c", CONFIG_EXAMPLE], stdout=theirs, stderr=theirs, check=False
    )
    os.close(theirs)
    assert ended.returncode == 128 + signal.SIGHUP
    assert not (home / ".local").exists()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("postgresql://u:p@h/d", "postgresql://u:***@h/d"),
        ("password=p host=h", "password=*** host=h"),
        ("PGPASSWORD = 'a b'", "PGPASSWORD = ***"),
        ("nothing here", "nothing here"),
    ],
)
def test_secrets_are_crossed_out(text: str, expected: str) -> None:
    assert without_secrets(text) == expected
