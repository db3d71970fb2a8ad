"""Views for people who query the store with SQL."""

from __future__ import annotations

from sqlalchemy import Connection

_QUERY_PERFORMANCE = """
CREATE VIEW query_performance AS
SELECT
    {identity} AS id,
    s.server_id AS server_id,
    'statement' AS query_type,
    CAST(m.total_ms / m.calls AS INTEGER) AS execution_time_ms,
    m.row_count AS row_count,
    CAST(m.query_id AS TEXT) AS query_hash,
    CAST(NULL AS {document}) AS execution_plan,
    {timestamp} AS timestamp,
    m.calls AS calls,
    m.total_ms AS total_ms
FROM statement_minute AS m
JOIN server AS s ON s.server_ref = m.server_ref
WHERE m.calls > 0
"""

_DIALECTS = {
    "sqlite": {
        "identity": "m.server_ref || '/' || m.at || '/' || m.query_id || '/' || m.database_id"
        " || '/' || m.user_id || '/' || m.toplevel",
        "document": "TEXT",
        "timestamp": "strftime('%Y-%m-%d %H:%M:%S.000000', m.at / 1000000, 'unixepoch')",
    },
    "postgresql": {
        "identity": "concat_ws('/', m.server_ref, m.at, m.query_id, m.database_id, m.user_id,"
        " m.toplevel)",
        "document": "JSONB",
        "timestamp": "to_timestamp(m.at / 1000000)",
    },
}


def create_views(connection: Connection) -> None:
    """Create ``query_performance``: each statement's minutes under the names that people query."""
    connection.exec_driver_sql(_QUERY_PERFORMANCE.format(**_DIALECTS[connection.dialect.name]))
