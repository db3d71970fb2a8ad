"""Sessions set up as pg_dump does its own: texts are the same on each server, and nothing hangs."""

from __future__ import annotations

import json
from collections.abc import Mapping

import psycopg

_LIKE_PG_DUMP = {
    "search_path": "",
    "statement_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    "idle_session_timeout": "0",
    "transaction_timeout": "0",
    # Rows that the role may not see are an error, and not left out.
    "row_security": "off",
    "datestyle": "ISO, MDY",
    "intervalstyle": "postgres",
    "timezone": "UTC",
    "extra_float_digits": "3",
    "bytea_output": "hex",
    "xmlbinary": "base64",
}

READING = {
    "jit": "off",
    "synchronize_seqscans": "off",
    "max_parallel_workers_per_gather": "0",
    "lc_monetary": "C",
    "default_transaction_read_only": "on",
}
"""Besides, where a database is only read."""

WRITING = {
    "check_function_bodies": "off",
    "xmloption": "content",
    "client_min_messages": "warning",
    "standard_conforming_strings": "on",
    "default_transaction_read_only": "off",
}
"""Besides, where what pg_dump wrote is executed."""

# A setting that a version lacks is not set: set_config of it would be an error.
_SET_UP = """
SELECT pg_catalog.set_config(wanted.key, wanted.value, false)
  FROM pg_catalog.json_each_text(%(wanted)s::pg_catalog.json) AS wanted
 WHERE EXISTS (SELECT FROM pg_catalog.pg_settings AS known
                WHERE pg_catalog.lower(known.name) = wanted.key)
"""


def set_up(
    connection: psycopg.Connection[tuple[object, ...]],
    also: Mapping[str, str],
    *,
    lock_wait_seconds: float,
) -> None:
    """Set up a session as pg_dump does its own; ``also`` is READING or WRITING.

    Raises:
        psycopg.Error: the server refused it.
    """
    wanted = {**_LIKE_PG_DUMP, "lock_timeout": f"{lock_wait_seconds:g}s", **also}
    connection.execute(_SET_UP, {"wanted": json.dumps(wanted)})
