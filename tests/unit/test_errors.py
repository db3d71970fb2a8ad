"""What an error says to the person who reads it."""

from core.errors import ConfigError, ExitCode, PgvigilError


def test_an_error_reads_as_what_why_and_what_to_do() -> None:
    error = PgvigilError("no answer from db1", why="connection refused", remedy="start the server")

    assert str(error) == ("no answer from db1\n  why: connection refused\n  do:  start the server")


def test_an_error_without_a_cause_is_one_line() -> None:
    assert str(PgvigilError("no answer")) == "no answer"


def test_a_configuration_error_ends_with_the_configuration_exit_code() -> None:
    assert ConfigError("bad").exit_code is ExitCode.CONFIG
