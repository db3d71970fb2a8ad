"""Passwords come by reference, and a reference that leads nowhere says so."""

import sys
from pathlib import Path

import pytest

from core.config.secrets import PasswordSource, SecretError

PYTHON = sys.executable


def fetch(source: PasswordSource, **environment: str) -> str | None:
    return source.fetch(timeout=20, environment=environment)


def test_without_a_source_libpq_looks_for_itself() -> None:
    assert fetch(PasswordSource()) is None


def test_a_variable_gives_the_password() -> None:
    assert fetch(PasswordSource(variable="DB_PW"), DB_PW=" pass word ") == " pass word "


@pytest.mark.parametrize(("environment", "state"), [({}, "not set"), ({"DB_PW": ""}, "empty")])
def test_a_variable_without_value_is_named(environment: dict[str, str], state: str) -> None:
    with pytest.raises(SecretError, match=f"DB_PW is {state}"):
        fetch(PasswordSource(variable="DB_PW"), **environment)


def test_the_first_line_of_a_file_is_the_password(tmp_path: Path) -> None:
    file = tmp_path / "pw"
    file.write_text("päss word\nnot this\n", encoding="utf-8")
    file.chmod(0o600)

    assert fetch(PasswordSource(file=str(file))) == "päss word"


@pytest.mark.parametrize("mode", [0o604, 0o644, 0o602])
def test_a_file_that_everybody_can_read_or_write_is_refused(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "pw"
    file.write_text("pw")
    file.chmod(mode)

    with pytest.raises(SecretError, match="by everybody") as error:
        fetch(PasswordSource(file=str(file)))
    assert error.value.remedy == f"chmod 600 {file}"


@pytest.mark.parametrize("content", [b"", b"\n", b"\nsecond\n"])
def test_an_empty_file_is_no_password(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "pw"
    file.write_bytes(content)
    file.chmod(0o600)

    with pytest.raises(SecretError, match="empty first line"):
        fetch(PasswordSource(file=str(file)))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SecretError, match="can't be read") as error:
        fetch(PasswordSource(file=str(tmp_path / "none")))
    assert error.value.why == "No such file or directory"


@pytest.mark.parametrize("name", ["~nobody-of-this-name/pw", "p\0w"])
def test_a_name_that_no_file_can_have_is_named(name: str) -> None:
    with pytest.raises(SecretError, match="can't be read"):
        fetch(PasswordSource(file=name))


def test_a_file_that_is_not_text_says_so(tmp_path: Path) -> None:
    file = tmp_path / "pw"
    file.write_bytes(b"\xff\xfe")
    file.chmod(0o600)

    with pytest.raises(SecretError, match="not text"):
        fetch(PasswordSource(file=str(file)))


def test_the_first_line_that_a_command_prints_is_the_password() -> None:
    command = (PYTHON, "-c", "print('from command'); print('more')")

    assert fetch(PasswordSource(command=command)) == "from command"


def test_a_command_that_fails_is_quoted() -> None:
    command = (PYTHON, "-c", "import sys; sys.exit('vault is sealed')")

    with pytest.raises(SecretError, match="exit status 1") as error:
        fetch(PasswordSource(command=command))
    assert error.value.why == "vault is sealed"


def test_a_command_that_prints_nothing_gives_no_password() -> None:
    with pytest.raises(SecretError, match="printed nothing"):
        fetch(PasswordSource(command=(PYTHON, "-c", "")))


def test_a_command_that_is_not_there_says_so() -> None:
    with pytest.raises(SecretError, match="can't be started"):
        fetch(PasswordSource(command=("/no/such/program",)))


def test_a_command_or_a_file_without_an_end_is_not_read_to_it(tmp_path: Path) -> None:
    with pytest.raises(SecretError, match="printed more than 65,536 bytes"):
        fetch(PasswordSource(command=("yes",)))
    file = tmp_path / "endless"
    with file.open("wb") as written:
        written.truncate(1 << 40)
    file.chmod(0o600)
    with pytest.raises(SecretError, match="longer than any password"):
        fetch(PasswordSource(file=str(file)))


def test_what_a_command_says_without_an_end_beside_the_password_is_not_kept() -> None:
    talking = "import os; [os.write(2, b'x' * 9999) for _ in range(99)]; os.write(2, b'\\nend'); "
    source = PasswordSource(command=(PYTHON, "-c", talking + "print('password')"))
    assert fetch(source) == "password"
    failing = PasswordSource(command=(PYTHON, "-c", talking + "raise SystemExit(3)"))
    with pytest.raises(SecretError, match="exit status 3") as error:
        fetch(failing)
    assert error.value.why == "end"


def test_a_command_that_hangs_is_given_up() -> None:
    source = PasswordSource(command=(PYTHON, "-c", "import time; time.sleep(60)"))

    with pytest.raises(SecretError, match=r"no answer within 0\.3 s"):
        source.fetch(timeout=0.3)


def test_what_has_more_than_one_line_can_be_had_whole(tmp_path: Path) -> None:
    whole = '{\n  "SecretAccessKey": "s"\n}\n'
    file = tmp_path / "key.json"
    file.write_text(whole, encoding="utf-8")
    file.chmod(0o600)
    printing = (PYTHON, "-c", f"print({whole!r}, end='')")
    for source in (PasswordSource(file=str(file)), PasswordSource(command=printing)):
        assert source.fetch_text(timeout=20) == whole
    assert PasswordSource().fetch_text(timeout=20) is None
