"""``pgvigil init`` on a real server."""

from __future__ import annotations

import io
import signal
import tomllib
from pathlib import Path

import psycopg.conninfo
import pytest

from core.config.check import check
from core.config.load import load_settings
from core.errors import ExitCode
from tests.servers.commands import move_home
from tui.cli import main


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    move_home(tmp_path, monkeypatch)
    return tmp_path


@pytest.fixture
def config(home: Path) -> Path:
    return home / ".config/pgvigil/config.toml"


@pytest.fixture
def password(monitor_dsn: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The role's password, which ``$MONITOR_PASSWORD`` holds."""
    password = str(psycopg.conninfo.conninfo_to_dict(monitor_dsn)["password"])
    monkeypatch.setenv("MONITOR_PASSWORD", password)
    return password


def answers(monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in lines)))


def test_a_script_gets_a_commented_config_that_works_and_holds_no_password(
    monitor_dsn: str, password: str, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--name", "orders", "--dsn", monitor_dsn, "--password-env", "MONITOR_PASSWORD"]
    assert main(["init", "--yes", *options]) == ExitCode.OK
    told = capsys.readouterr()
    written = config.read_text(encoding="utf-8")
    assert check(config) == ()
    assert load_settings().servers["orders"].password_env == "MONITOR_PASSWORD"
    assert "# Colour theme" in written
    assert password not in written + told.out + told.err
    assert "pg_monitor" in told.out
    assert main(["doctor", "orders"]) == ExitCode.OK


def test_a_config_that_exists_is_never_touched_and_the_block_to_add_is_printed(
    monitor_dsn: str, password: str, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config.parent.mkdir(parents=True)
    config.write_text("# mine\n", encoding="utf-8")
    options = ["--name", "orders", "--dsn", monitor_dsn, "--password-env", "MONITOR_PASSWORD"]
    assert main(["init", "--yes", "--production", *options]) == ExitCode.OK
    assert config.read_text(encoding="utf-8") == "# mine\n"
    told = capsys.readouterr().out
    block = tomllib.loads(told[told.index("[servers.orders]") :])
    assert block["servers"]["orders"]["password_env"] == "MONITOR_PASSWORD"
    assert block["servers"]["orders"]["production"] is True
    assert password not in told


def test_a_password_without_a_place_is_refused(
    monitor_dsn: str, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["init", "--yes", "--dsn", monitor_dsn]) == ExitCode.CONFIG
    assert "--password-env" in capsys.readouterr().err
    assert not config.exists()


def test_nothing_is_written_when_the_attempt_fails_unless_it_is_not_wanted(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["init", "--yes", "--dsn", "host=127.0.0.1 port=1 dbname=d user=u"]
    assert main(options) == ExitCode.UNKNOWN
    assert not config.exists()
    assert "do:" in capsys.readouterr().err
    assert main([*options, "--untested"]) == ExitCode.OK
    assert load_settings(config).servers["d"].port == 1


def test_a_person_is_asked_for_each_piece_and_the_password_goes_into_a_file(
    monitor_dsn: str,
    home: Path,
    config: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    given = psycopg.conninfo.conninfo_to_dict(monitor_dsn)
    password = str(given["password"])
    file = home / "secrets/orders"
    pieces = [str(given[key]) for key in ("host", "port", "dbname", "user")]
    pieces.insert(1, "no port")
    answers(monkeypatch, "", *pieces, "2", str(file), password, "y", "status", "orders", "y")
    assert main(["init"]) == ExitCode.OK
    assert file.stat().st_mode & 0o777 == 0o600
    server = load_settings().servers["orders"]
    assert server.password_file == str(file)
    assert server.production
    assert str(server.port) == given["port"]
    assert password not in config.read_text(encoding="utf-8")
    capsys.readouterr()
    assert main(["doctor", "orders"]) == ExitCode.OK


def test_after_a_failure_a_person_can_answer_again(
    monitor_dsn: str,
    password: str,
    config: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    wrong = psycopg.conninfo.make_conninfo(monitor_dsn, dbname="no_such_database")
    variable = ["1", "MONITOR_PASSWORD", "n", "orders"]
    answers(monkeypatch, wrong, *variable, "1", monitor_dsn, *variable, "y")
    assert main(["init"]) == ExitCode.OK
    assert "no_such_database" in capsys.readouterr().err
    assert load_settings(config).servers["orders"].dbname != "no_such_database"


def test_an_answer_that_can_not_be_used_is_asked_for_again(
    monitor_dsn: str,
    config: Path,
    password: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    urls = ["no url at all", monitor_dsn]
    variables = ["MONITOR PASSWORD", "MONITOR_PASSWORD"]
    answers(monkeypatch, *urls, "1", *variables, "perhaps", "n", "a b", "orders", "y")
    assert main(["init"]) == ExitCode.OK
    assert load_settings(config).servers["orders"].password_env == "MONITOR_PASSWORD"
    told = capsys.readouterr().err
    assert "can't be understood" in told
    assert "the name of an environment variable" in told


@pytest.mark.parametrize(
    ("source", "unusable", "usable"),
    [("2", ["", "~nobody-of-this-name/file"], "FILE"), ("3", ["", "pass 'shop"], "pass shop")],
)
def test_no_file_and_no_program_are_asked_for_again(
    source: str, unusable: list[str], usable: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = home / "password"
    file.write_text("secret\n")
    usable = usable.replace("FILE", str(file))
    answers(monkeypatch, "postgresql://h/d", source, *unusable, usable, "n", "", "y")
    assert main(["init", "--untested"]) == ExitCode.OK
    server = load_settings().servers["d"]
    assert server.password_file == (usable if source == "2" else "")
    assert server.password_command == (("pass", "shop") if source == "3" else ())


@pytest.mark.parametrize("place", ["file/config.toml", "~nobody-of-this-name/config.toml"])
def test_before_anything_is_asked_it_is_seen_whether_a_config_could_be_written(
    place: str,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (home / "file").write_text("in the way")
    monkeypatch.chdir(home)
    answers(monkeypatch)
    assert main(["--config", place, "init"]) == ExitCode.CONFIG
    assert "no answer to" not in capsys.readouterr().err


def test_an_input_that_ends_leaves_nothing_behind(
    config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answers(monkeypatch, "postgresql://h/d")
    assert main(["init"]) == ExitCode.USAGE
    assert "no answer to" in capsys.readouterr().err
    assert not config.exists()


@pytest.mark.parametrize("name", ["status", "a b", ""])
def test_a_name_that_cannot_stand_in_a_config_is_refused(
    name: str, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--yes", "--untested", "--name", name, "--dsn", "host=h"]
    code = main(["init", *options])
    if name:
        assert code == ExitCode.CONFIG
        assert not config.exists()
        assert capsys.readouterr().err
    else:
        assert list(load_settings().servers) == ["h"]


def test_a_name_of_a_command_is_refused_with_the_option_that_mends_it(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--yes", "--untested", "--name", "status", "--dsn", "host=h"]
    assert main(["init", *options]) == ExitCode.CONFIG
    told = capsys.readouterr().err
    assert "a server can't be called status" in told
    assert "it is the name of a command" in told
    assert "--name" in told
    assert "config check" not in told
    assert not config.exists()


def test_a_password_from_libpqs_variable_is_said_to_be_needed_wherever_the_config_is_used(
    monitor_dsn: str,
    password: str,
    config: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("PGPASSWORD", password)
    dsn = monitor_dsn.replace(f":{password}@", "@")
    assert main(["init", "--yes", "--name", "orders", "--dsn", dsn]) == ExitCode.OK
    assert 'password_env = "PGPASSWORD"' in capsys.readouterr().out
    config.unlink()
    options = ["--name", "orders", "--dsn", dsn, "--password-env", "MONITOR_PASSWORD"]
    assert main(["init", "--yes", *options]) == ExitCode.OK
    assert "PGPASSWORD" not in capsys.readouterr().out


@pytest.mark.parametrize("source", ["--password-env", "--password-file", "--password-command"])
def test_another_password_in_the_dsn_does_not_prove_the_one_that_is_written(
    source: str,
    monitor_dsn: str,
    home: Path,
    config: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("MONITOR_PASSWORD", "another")
    (home / "password").write_text("another\n")
    (home / "password").chmod(0o600)
    places = {
        "--password-env": "MONITOR_PASSWORD",
        "--password-file": str(home / "password"),
        "--password-command": f"cat {home / 'password'}",
    }
    options = ["--name", "orders", "--dsn", monitor_dsn, source, places[source]]
    assert main(["init", "--yes", *options]) == ExitCode.UNKNOWN
    assert not config.exists()
    assert "the one that the config will use" in capsys.readouterr().err


def test_the_password_in_the_dsn_stands_in_for_one_that_is_not_there_yet_and_that_is_said(
    monitor_dsn: str, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--name", "orders", "--dsn", monitor_dsn, "--password-env", "SET_ELSEWHERE"]
    assert main(["init", "--yes", *options]) == ExitCode.OK
    told = capsys.readouterr().out
    assert "the environment variable SET_ELSEWHERE is not set" in told
    assert "The config works once that is mended: set SET_ELSEWHERE" in told
    assert load_settings(config).servers["orders"].password_env == "SET_ELSEWHERE"


def test_a_person_who_names_no_place_for_the_password_hears_that_the_config_does_not_work(
    monitor_dsn: str,
    config: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.delenv("PGPASSWORD", raising=False)
    answers(monkeypatch, monitor_dsn, "4", "n", "orders", "4")
    assert main(["init"]) == 128 + signal.SIGINT
    assert not config.exists()
    assert "password" in capsys.readouterr().err
