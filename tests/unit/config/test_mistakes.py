"""Every kind of mistake, and what is said of it."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.config.check import check
from core.config.problems import Problem
from tests.servers.powers import said_without_powers


@dataclass(frozen=True)
class Mistake:
    name: str
    text: str
    line: int
    key: str
    what: str
    expected: str = ""
    nearest: str = ""


MISTAKES = [
    Mistake("misspelt key", '[servers.a]\nhots = "h"', 2, "servers.a.hots", "is not a key",
            nearest="servers.a.host"),
    Mistake("misspelt table", "\n[colect]\nx = 1", 2, "colect", "is not a key",
            nearest="collect"),
    Mistake("key in another style", "[console]\nlow-Bandwidth = true", 2,
            "console.low-Bandwidth", "is not a key", nearest="console.low_bandwidth"),
    Mistake("key in the wrong table", 'theme = "x"', 1, "theme", "is not a key",
            nearest="console.theme"),
    Mistake("key that is like no other", "[console]\nzzz = 1", 2, "console.zzz", "is not a key",
            expected="one of theme"),
    Mistake("text for a number", '[servers.a]\nport = "5432"', 2, "servers.a.port", "is text",
            expected="a whole number from 1 to 65535"),
    Mistake("number for text", "[servers.a]\nhost = 5", 2, "servers.a.host", "is a whole number",
            expected="text in quotes"),
    Mistake("number for a switch", "[console]\nlow_bandwidth = 1", 2, "console.low_bandwidth",
            "is 1", expected="true or false"),
    Mistake("switch for a number", "[console]\nhistory_minutes = true", 2,
            "console.history_minutes", "is true", expected="a whole number from 5 to 1440"),
    Mistake("fraction for a whole number", "[servers.a]\nport = 1.5", 2, "servers.a.port",
            "is 1.5", expected="a whole number"),
    Mistake("number too large", "[servers.a]\nport = 65536", 2, "servers.a.port", "is 65536",
            expected="from 1 to 65535"),
    Mistake("negative time", "[collect]\nlock_timeout_seconds = -1", 2,
            "collect.lock_timeout_seconds", "is -1", expected="a number of seconds above 0"),
    Mistake("endless time", "[collect]\nlock_timeout_seconds = inf", 2,
            "collect.lock_timeout_seconds", "is inf", expected="at most 86400"),
    Mistake("not a number", "[collect]\nlock_timeout_seconds = nan", 2,
            "collect.lock_timeout_seconds", "is nan", expected="a number"),
    Mistake("date for text", "[servers.a]\nhost = 2026-01-01", 2, "servers.a.host",
            "is a date or time", expected="text"),
    Mistake("per cent for a share", "[thresholds]\ncache_hit_rate_least = 90", 2,
            "thresholds.cache_hit_rate_least", "is 90", expected="a share"),
    Mistake("per cent for a share in an inline table",
            "[thresholds]\nconnection_usage = {warning = 80}", 2,
            "thresholds.connection_usage.warning", "is 80", expected="a share"),
    Mistake("value for a table", "collect = 5", 1, "collect", "is a whole number",
            expected="a table with connections"),
    Mistake("list of tables for a table", "[[console]]\ntheme = 'x'", 1, "console", "is a list",
            expected="a table"),
    Mistake("server without a name", '[servers]\nhost = "h"', 2, "servers.host", "is text",
            expected="[servers.NAME]", nearest="servers.NAME.host"),
    Mistake("list of servers", '[[servers]]\nhost = "h"', 1, "servers", "is a list",
            expected="[servers.NAME]"),
    Mistake("text for a list", '[servers.a]\npassword_command = "pass show"', 2,
            "servers.a.password_command", "is text", expected="a list of texts"),
    Mistake("number in a list of texts", '[servers.a]\npassword_command = ["a", 1]', 2,
            "servers.a.password_command", "is a list", expected="a list of texts"),
    Mistake("empty list for a program", "[servers.a]\npassword_command = []", 2,
            "servers.a.password_command", "is an empty list", expected="a list of texts"),
    Mistake("NUL in a role's name", '[servers.a]\nuser = "mon\\u0000x"', 2, "servers.a.user",
            r"holds the control character \u0000", expected="text without control characters"),
    Mistake("escape sequence in a host's name", '[servers.a]\nhost = "h\\u001b[31m"', 2,
            "servers.a.host", r"holds the control character \u001b"),
    Mistake("escape sequence in a list", '[servers.a]\npassword_command = ["a", "\\u0007"]', 2,
            "servers.a.password_command", r"holds the control character \u0007"),
    Mistake("key that is like one of another thing only by its unit",
            "[console]\nrefresh_seconds = 1", 2, "console.refresh_seconds", "is not a key",
            expected="one of theme"),
    Mistake("misspelt key in the wrong table", "low_bandwith = true", 1, "low_bandwith",
            "is not a key", nearest="console.low_bandwidth"),
    Mistake("misspelt choice", '[servers.a]\nsslmode = "requier"', 2, "servers.a.sslmode",
            "is 'requier'", expected='"verify-full"', nearest='"require"'),
    Mistake("password", '[servers.a]\npassword = "x"', 2, "servers.a.password",
            "a secret is never written", expected="password_env"),
    Mistake("password under another name", '[servers.a]\nPassWD = "x"', 2, "servers.a.PassWD",
            "a secret is never written", expected="password_file"),
    Mistake("password in a URL", '[servers.a]\ndsn = "postgresql://u:x@h/d"', 2, "servers.a.dsn",
            "a password is never written", expected="password_command"),
    Mistake("password in a URL's query",
            '[servers.a]\ndsn = "postgresql://h/d?sslmode=require&password=x"', 2,
            "servers.a.dsn", "a password is never written"),
    Mistake("password in key=value", "[servers.a]\ndsn = \"host=h password = 'x y'\"", 2,
            "servers.a.dsn", "a password is never written"),
    Mistake("password for a variable's name", '[servers.a]\npassword_env = "s3cr3t!"', 2,
            "servers.a.password_env", "is text", expected="the name of an environment variable"),
    Mistake("two ways to a password",
            '[servers.a]\npassword_env = "P"\npassword_file = "f"', 3,
            "servers.a.password_file", "is given beside password_env"),
    Mistake("dsn and host", '[servers.a]\ndsn = "postgresql://h/d"\nhost = "h"', 3,
            "servers.a.host", "is given beside dsn"),
    Mistake("dsn with sslmode, and sslmode",
            '[servers.a]\ndsn = "postgresql://h/d?sslmode=require"\nsslmode = "prefer"', 3,
            "servers.a.sslmode", "is given beside dsn"),
    Mistake("dsn of another database system", '[servers.a]\ndsn = "mysql://h/d"', 2,
            "servers.a.dsn", "is not a connection string", expected="postgresql://"),
    Mistake("server with a command's name", "[servers.demo]", 1, "servers.demo",
            "is the name of a command"),
    Mistake("server with a name that can't be typed", '[servers."a b"]', 1, 'servers."a b"',
            "can't be a server's name"),
    Mistake("server with an invisible name", '[servers."\\u001b[2J"]', 1,
            'servers."\\u001b[2J"', "can't be a server's name"),
    Mistake("warning above critical",
            "[thresholds]\nquery_mean_ms = {critical = 1, warning = 2}", 2,
            "thresholds.query_mean_ms.warning", "warning is 2 and critical is 1",
            expected="warning below critical"),
    Mistake("critical below the default warning", "[thresholds]\nquery_mean_ms.critical = 100", 2,
            "thresholds.query_mean_ms.critical", "warning is 500 (its default)"),
    Mistake("attended slower than unattended", "[collect.connections]\nattended = 20", 2,
            "collect.connections.attended", "unattended is 10 (its default)"),
    Mistake("raw samples kept longer than minutes", "[store]\nsample_raw_days = 60", 2,
            "store.sample_raw_days", "sample_minute_days is 31 (its default)"),
    Mistake("lease that ends before it is renewed", "[engine]\nlease_seconds = 1", 2,
            "engine.lease_seconds", "lease_renew_seconds is 2 (its default)"),
    Mistake("store elsewhere", '[store]\nurl = "redis://x"', 2, "store.url",
            "is not a PostgreSQL URL"),
    Mistake("password of the store", '[store]\nurl = "postgresql://u:x@h/d"', 2, "store.url",
            "a password is never written", expected="password_file"),
    Mistake("two ways to the store's password",
            '[store]\npassword_command = ["pass"]\npassword_env = "P"', 2,
            "store.password_command", "is given beside password_env"),
    Mistake("no quotes", "[servers.a]\nhost = db.example.com", 2, "servers.a.host", "is not TOML",
            expected="text in quotes"),
    Mistake("no value", "[servers.a]\nport =", 2, "servers.a.port", "is not TOML",
            expected="a whole number from 1 to 65535"),
    Mistake("no equals sign", "[servers.a]\nhost 5", 2, "servers.a.host", "is not TOML",
            expected="key = value"),
    Mistake("a colon, and a misspelt key", "[servers.a]\nhots: 5", 2, "", "is not TOML",
            expected="key = value", nearest="servers.a.host"),
    Mistake("no closing quote", '[servers.a]\nhost = "h', 2, "servers.a.host", "is not TOML",
            expected="a closing quote"),
    Mistake("no end of several lines", '[console]\ntheme = """x\nlow_bandwidth = true', 3, "",
            "is not TOML", expected="a closing quote"),
    Mistake("no closing bracket", "[consol\ntheme = 'a'", 1, "", "is not TOML",
            expected="closing bracket", nearest="console"),
    Mistake("no end of a list", '[servers.a]\npassword_command = ["a"', 2,
            "servers.a.password_command", "is not TOML", expected="a closing ]"),
    Mistake("two on a line", "[console]\ntheme = 'a' low_bandwidth = true", 2, "console.theme",
            "is not TOML", expected="one key = value a line"),
    Mistake("the same key twice", "[console]\ntheme = 'a'\ntheme = 'b'", 3, "console.theme",
            "is not TOML", expected="each key once"),
    Mistake("the same table twice", "[console]\n[store]\n[console]", 3, "console", "is not TOML",
            expected="each [table] once"),
    Mistake("a character that may not be", "[console]\ntheme = 'a\x01'", 2, "console.theme",
            "is not TOML", expected="key = value lines"),
]  # fmt: skip


def problems_of(tmp_path: Path, data: str | bytes) -> tuple[Problem, ...]:
    path = tmp_path / "config.toml"
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return check(path)


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_a_mistake_is_said_with_its_line_its_key_and_what_is_expected(
    mistake: Mistake, tmp_path: Path
) -> None:
    problems = problems_of(tmp_path, mistake.text)
    assert len(problems) == 1, [problem.describe() for problem in problems]
    (problem,) = problems
    assert (problem.line, problem.key) == (mistake.line, mistake.key)
    assert mistake.what in problem.what
    assert mistake.expected in problem.expected
    assert problem.nearest == mistake.nearest


def test_a_pipe_that_nobody_writes_to_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    pipe = tmp_path / "config.toml"
    os.mkfifo(pipe)
    (problem,) = check(pipe)
    assert problem.what == "is a pipe, and nobody writes to it"


def test_a_pipe_is_read_to_its_end_however_late_its_writer_writes() -> None:
    reading, writing = os.pipe()
    writer = subprocess.Popen(
        ["/bin/sh", "-c", "sleep 0.2; echo '[console]'; sleep 0.2; echo zzz = 1"], stdout=writing
    )
    os.close(writing)
    try:
        (problem,) = check(Path(f"/dev/fd/{reading}"))
    finally:
        os.close(reading)
        writer.wait()
    assert (problem.key, problem.line) == ("console.zzz", 2)


@pytest.mark.parametrize("secret", ["s3cr3t!", "hunter2"])
def test_no_message_repeats_what_may_be_a_password(secret: str, tmp_path: Path) -> None:
    for line in (
        f'password = "{secret}"',
        f'password_env = "{secret}!"',
        f'dsn = "postgresql://u:{secret}@h/d"',
        f'dsn = "{secret}"',
        f'port = "{secret}"',
        f"host = postgresql://u:{secret}@h/d",
        f"{secret}",
        f"{secret} = = 1",
    ):
        problems = problems_of(tmp_path, f"[servers.a]\n{line}\n")
        assert problems
        assert not any(secret in problem.describe() for problem in problems)


def test_all_mistakes_are_said_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    problems = problems_of(
        tmp_path,
        "[store]\nsample_raw_days = 0\n[servers.a]\nport = 0\n[console]\nhistory_minutes = 0\n",
    )
    assert [problem.key for problem in problems] == [
        "store.sample_raw_days",
        "servers.a.port",
        "console.history_minutes",
    ]


def test_mistakes_of_one_table_hide_none_of_each_other(tmp_path: Path) -> None:
    """A name, an unknown key, a password and what stands twice are all seen in one go."""
    text = """
        [servers."na me"]
        dsn = "postgresql://u:secret@h/d"
        host = "h"
        hots = 1
        [servers.status]
        hots = 1
        [repositories."my copies"]
        kind = "folder"
        path = 5
        [keys."a key"]
        bogus = 1
        [keys.main]
        """
    assert [(problem.key, problem.line) for problem in problems_of(tmp_path, text)] == [
        ('servers."na me"', 2),
        ('servers."na me".dsn', 3),
        ('servers."na me".host', 4),
        ('servers."na me".hots', 5),
        ("servers.status", 6),
        ("servers.status.hots", 7),
        ('repositories."my copies"', 8),
        ('repositories."my copies".path', 10),
        ('keys."a key"', 11),
        ('keys."a key".bogus', 12),
    ]


def test_a_wrong_value_is_not_also_judged_against_its_neighbour(tmp_path: Path) -> None:
    problems = problems_of(tmp_path, "[thresholds]\nquery_mean_ms = {warning = 'x', critical = 1}")
    assert [problem.key for problem in problems] == ["thresholds.query_mean_ms.warning"]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("{warning = 1.5, critical = 0.9}", "warning is 1.5 and critical is 0.9"),
        ("{warning = 0.5, critical = -1}", "warning is 0.5 and critical is -1"),
        ("{warning = 80, critical = 20}", "warning is 80 and critical is 20"),
    ],
)
def test_a_number_out_of_bounds_is_also_judged_against_its_neighbour(
    text: str, what: str, tmp_path: Path
) -> None:
    problems = problems_of(tmp_path, f"[thresholds]\nconnection_usage = {text}")
    assert what in [problem.what for problem in problems]
    assert any("a share above 0" in problem.expected for problem in problems)


def test_a_number_out_of_bounds_is_not_judged_against_a_default(tmp_path: Path) -> None:
    (problem,) = problems_of(tmp_path, "[thresholds]\nquery_mean_ms.critical = -5")
    assert "above 0" in problem.expected


def test_nothing_is_judged_against_what_is_no_number(tmp_path: Path) -> None:
    text = "[thresholds]\nquery_mean_ms = {warning = 3000, critical = 'x'}"
    assert [problem.key for problem in problems_of(tmp_path, text)] == [
        "thresholds.query_mean_ms.critical"
    ]


@pytest.mark.parametrize(
    ("data", "what", "line"),
    [
        (b"[console]\ntheme = '\xff'\n", "is not UTF-8 text", 2),
        ("[console]\n".encode("utf-16"), "is not UTF-8 text", 1),
        (b"a = \x00", "is not TOML", 1),
        (b"a = " + b"[" * 100_000, "is nested too deeply", 0),
        (b"#" * 1_000_001, "is larger than 1,000,000 bytes", 0),
    ],
    ids=["bytes", "utf-16", "null byte", "nested", "large"],
)
def test_what_is_no_config_file_is_refused(
    data: bytes, what: str, line: int, tmp_path: Path
) -> None:
    (problem,) = problems_of(tmp_path, data)
    assert problem.what.startswith(what)
    assert problem.line == line


def test_a_file_that_is_not_there_a_folder_and_a_device_are_told_apart(tmp_path: Path) -> None:
    (missing,) = check(tmp_path / "none.toml")
    (folder,) = check(tmp_path)
    (device,) = check(Path("/dev/zero"))
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    (circle,) = check(loop)
    assert missing.what == "there is no such file"
    assert folder.what == "is a folder"
    assert device.what.startswith("is larger than")
    assert circle.what.startswith("can't be read:")


CHECK = """
import sys
from pathlib import Path
from core.config.check import check
for problem in check(Path(sys.argv[1])):
    print(problem.what)
"""


def test_a_file_that_you_may_not_read_says_so(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("", encoding="utf-8")
    path.chmod(0)
    assert said_without_powers(CHECK, str(path)) == "you may not read it\n"


def test_a_good_file_has_no_problem(tmp_path: Path) -> None:
    text = """
        [servers.orders]
        dsn = "postgresql://pgvigil@db.example.com:5433/orders?sslmode=verify-full"
        password_command = ["pass", "show", "orders"]
        production = true

        [servers."eu-1.orders"]
        service = "orders"

        [servers.local]

        [collect]
        statements = { attended = 3 }
        connections.unattended = 30
        """
    assert problems_of(tmp_path, text) == ()
