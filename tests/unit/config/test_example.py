from __future__ import annotations

import re
from pathlib import Path

from core.config.check import examine
from core.config.example import EXAMPLE_SERVERS, document, server_block
from core.config.settings import Settings
from core.config.shape import all_keys

EXAMPLE = Path(__file__).parents[3] / "config.example.toml"


def test_the_committed_example_is_the_generated_one() -> None:
    assert EXAMPLE.read_text(encoding="utf-8") == document(EXAMPLE_SERVERS), (
        "run: uv run pgvigil config example > config.example.toml"
    )


def test_the_example_has_no_problem_and_changes_no_default() -> None:
    examined = examine(EXAMPLE.read_text(encoding="utf-8"))
    assert examined.problems == ()
    assert examined.settings == Settings(servers=examined.settings.servers)
    assert list(examined.settings.servers) == ["orders"]


def test_every_default_of_the_example_can_be_uncommented() -> None:
    text = document({"orders": {}})
    text = re.sub(r"^#\[(?:.|\n)*?(?=^\[|\Z)", "", text, flags=re.MULTILINE)  # tables of one's own
    live = re.sub(r"^#(?=[a-z_]+ = )", "", text, flags=re.MULTILINE)
    kept = re.sub(
        r"^(dsn|password_file|password_command|copies) = .*\n", "", live, flags=re.MULTILINE
    )
    examined = examine(kept)
    assert examined.problems == ()
    assert examined.settings.collect == Settings().collect
    assert examined.settings.thresholds == Settings().thresholds


def test_every_key_is_in_the_example_and_says_what_it_means() -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    for path in all_keys():
        if len(path) == 2 and path[0] != "servers":
            block = rf"\[\[{path[0]}\.{path[-1]}\]\]\n"
            assert re.search(rf"^# .+\n#?({path[-1]} = |{block})", text, re.MULTILINE), path


def test_a_block_to_paste_holds_only_what_was_given() -> None:
    keys = {"host": 'a"b', "port": 5433, "password_command": ["pass", "show"]}
    block = server_block("my db", keys)
    assert block.startswith('[servers."my db"]\n')
    assert examine(server_block("db", keys)).settings.servers["db"].host == 'a"b'


def test_a_repository_of_the_example_can_be_uncommented() -> None:
    text = document({})
    block = text[text.index("#[repositories.NAME]") :].partition("\n\n\n")[0]
    live = re.sub(r"^#(?=\[|[a-z_0-9]+ = )", "", block, flags=re.MULTILINE)
    needless = r"^(path|secret_access_key_(file|command)|profile|sse_kms_key_id) = .*\n"
    bucket = re.sub(needless, "", live, flags=re.MULTILINE).replace('"folder"', '"s3"')
    assert examine(bucket).problems == ()
    assert examine('[repositories.NAME]\npath = "/var/backups/pgvigil"').problems == ()
