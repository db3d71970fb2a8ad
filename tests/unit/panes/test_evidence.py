"""Evidence: the screen as Markdown with times and SQL, without secrets and without values."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import PgvigilError
from core.model.server import ServerEntry
from tests.tui import frames
from tests.unit.panes.shown import view_of
from tui.evidence import Section, markdown, write
from tui.lines import plain_text
from tui.masking import without_values
from tui.panes.connections import connections_lines
from tui.panes.view import Mode

pytestmark = pytest.mark.usefixtures("utc")


def evidence(mode: Mode = Mode.LIVE, statements: tuple[str, ...] = ()) -> str:
    view = view_of(frames.incident(), mode, seconds_later=60)
    section = Section("connections", plain_text(connections_lines(view, 80, 24)))
    return markdown("overview", view, [section], statements)


def test_it_says_which_server_which_moment_and_how_it_was() -> None:
    text = evidence()
    assert "# pgvigil: orders-prod, overview" in text
    assert "- moment: 2026-03-14 14:03:27 UTC (2026-03-14 14:03:27 +0000), live" in text
    assert "- written: 2026-03-14 14:04:27 UTC" in text
    assert "- health: ✖ CRITICAL, 4 findings" in text
    assert "- PostgreSQL: 18.1, primary" in text


def test_a_rewound_screen_is_marked_as_such() -> None:
    assert ", rewound" in evidence(Mode.REWOUND)


def test_findings_stand_with_their_severity_and_since_when() -> None:
    assert "- **critical** connection use 97 %, since 14:01:07:" in evidence()


def test_what_the_panes_said_stands_in_a_block() -> None:
    assert "## connections\n\n```text\nConnections ─" in evidence()


def test_sql_stands_in_a_block_of_its_own_without_its_values() -> None:
    text = evidence(statements=("SELECT * FROM users WHERE email = 'ada@example.org'",))
    assert "```sql\nSELECT * FROM users WHERE email = '…'\n```" in text
    assert "ada@example.org" not in text


@pytest.mark.parametrize(
    "sql",
    [
        "ALTER ROLE app PASSWORD 'hunter2'",
        "SELECT E'hunter2\\' still'",
        "SELECT $$hunter2$$",
        "SELECT $t$hunter2 $$ $t$",
        "SELECT 'it''s hunter2'",
        "SELECT 'hunter2",
        "ALTER ROLE app PASSWORD's hunter2'",
        "SELECT * FROM t WHERE name LIKE's hunter2%' AND x",
        "SELECT 'a'AS b, 't'||'hunter2'",
        "SELECT dblink_connect('host=db password=hunter2')",
    ],
)
def test_no_literal_leaves_the_console(sql: str) -> None:
    assert "hunter2" not in without_values(sql)


def own_words() -> list[str]:
    """Every word with an apostrophe that pgvigil itself might say: in its strings, not its docs."""
    found: set[str] = set()
    for path in [*Path("core").rglob("*.py"), *Path("tui").rglob("*.py")]:
        nodes = list(ast.walk(ast.parse(path.read_text("utf-8"))))
        docs = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
        for node in nodes:
            told = isinstance(node, ast.Constant) and isinstance(node.value, str)
            if told and id(node) not in docs:
                found.update(re.findall(r"[A-Za-z]{2,}'[a-z]\b", ast.unparse(node)))
    return sorted(found)


def test_an_apostrophe_in_pgvigils_own_words_begins_no_literal() -> None:
    # Looked for here and not for a parameter: every process of a run would, before it begins.
    words = own_words()
    assert {"can't", "server's"} <= set(words)
    told = [f"first {word} second, and more" for word in words]
    assert [without_values(each) for each in told] == told


def test_own_words_within_a_literal_leave_with_it() -> None:
    assert without_values("x = 'the server''s hunter2' AND y") == "x = '…' AND y"


def test_parameters_and_identifiers_stay() -> None:
    sql = 'SELECT "a b" FROM t WHERE id = $1 AND n > 5'
    assert without_values(sql) == sql


def test_a_fence_in_the_text_does_not_end_the_block() -> None:
    section = Section("s", "```\nstill inside")
    text = markdown("overview", view_of(frames.calm()), [section])
    assert "````text\n```\nstill inside\n````" in text


def test_a_name_is_not_markdown() -> None:
    view = replace(view_of(frames.calm()), entry=ServerEntry("x", "[a](http://b)", "t"))
    assert "\\[a\\](http://b)" in markdown("overview", view, [])


def test_the_file_is_the_owner_s_alone_and_named_by_moment_server_and_place(tmp_path: Path) -> None:
    path = write(tmp_path / "evidence", view_of(frames.calm()), "queries", "text")
    assert path.name == "20260314T140327Z-orders-prod-queries.md"
    assert path.read_text() == "text"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_a_server_s_name_can_not_lead_out_of_the_folder(tmp_path: Path) -> None:
    view = replace(view_of(frames.calm()), entry=ServerEntry("x", "../../etc/cron.d/x", "t"))
    assert write(tmp_path, view, "queries", "").parent == tmp_path


def test_a_folder_that_can_not_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "evidence").write_text("a file in the way")
    with pytest.raises(PgvigilError, match="could not be written") as raised:
        write(tmp_path / "evidence", view_of(frames.calm()), "queries", "")
    assert raised.value.remedy
