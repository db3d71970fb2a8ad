from __future__ import annotations

from pathlib import Path

import pytest

from core.config.load import load_settings
from core.config.problems import InvalidConfigError
from core.config.settings import Pace, Settings
from tests.servers.commands import move_home


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    move_home(tmp_path, monkeypatch)


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_without_a_config_file_the_defaults_are_in_force() -> None:
    assert load_settings() == Settings()


def test_the_default_file_is_read_when_it_is_there(tmp_path: Path) -> None:
    write(tmp_path / ".config/pgvigil/config.toml", '[servers.orders]\nhost = "db"\n')
    assert load_settings().servers["orders"].host == "db"


def test_the_variable_goes_before_the_default_file_and_the_argument_before_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / ".config/pgvigil/config.toml", '[servers.default]\nhost = "a"\n')
    monkeypatch.setenv(
        "PGVIGIL_CONFIG", str(write(tmp_path / "v.toml", '[servers.variable]\nhost = "a"\n'))
    )
    assert list(load_settings().servers) == ["variable"]
    argument = write(tmp_path / "a.toml", '[servers.argument]\nhost = "a"\n')
    assert list(load_settings(argument).servers) == ["argument"]


def test_a_file_that_was_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(InvalidConfigError, match=r"there is no such file.*pgvigil init"):
        load_settings(tmp_path / "missing.toml")


def test_a_key_changes_itself_and_leaves_its_neighbours(tmp_path: Path) -> None:
    path = write(tmp_path / "c.toml", "[collect]\nstatements.attended = 7\n")
    collect = load_settings(path).collect
    assert collect.statements == Pace(attended=7, unattended=30)
    assert collect.connections == Settings().collect.connections


def test_a_key_without_a_source_is_beside_the_config_that_was_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = '[encryption]\nkey = "new"\n[keys.new]\n[keys.old]\nenv = "OLD"\n'
    write(tmp_path / "etc/c.toml", text)
    monkeypatch.chdir(tmp_path / "etc")
    keys = load_settings(Path("c.toml")).keys
    assert keys["new"].file == str(tmp_path / "etc/keys/new.key")
    assert (keys["old"].file, keys["old"].env) == ("", "OLD")
    bare = write(tmp_path / "bare.toml", "")
    assert load_settings(bare).keys["main"].file == str(tmp_path / "keys/main.key")


def test_a_file_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    path.write_bytes(b"\xef\xbb\xbf[console]\nlow_bandwidth = true\n")
    assert load_settings(path).console.low_bandwidth
