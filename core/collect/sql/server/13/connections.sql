-- Every backend that is a client's, or that may be one: backend_type is hidden from a role that may
-- not see the session. Long texts come cut, as bytes: cutting text would fail on invalid encodings.
SELECT /* pgvigil connections */
    a.pid,
    coalesce(a.datname, ''),
    coalesce(a.usename, ''),
    coalesce(a.application_name, ''),
    CASE
        WHEN a.client_addr IS NOT NULL THEN pg_catalog.host(a.client_addr)
        WHEN a.client_port = -1 THEN 'local'
        ELSE ''
    END,
    a.state,
    coalesce(a.wait_event_type, ''),
    coalesce(a.wait_event, ''),
    pg_catalog.date_part('epoch', a.backend_start),
    CASE WHEN a.state IN ('active', 'fastpath function call')
        THEN pg_catalog.date_part('epoch', pg_catalog.statement_timestamp() - a.query_start)
    END,
    pg_catalog.date_part('epoch', pg_catalog.statement_timestamp() - a.xact_start),
    pg_catalog.date_part('epoch', pg_catalog.statement_timestamp() - a.state_change),
    NULL::pg_catalog.int8,
    CASE WHEN pg_catalog.octet_length(a.query) <= %(text_bytes)s THEN a.query END,
    CASE WHEN pg_catalog.octet_length(a.query) > %(text_bytes)s
        THEN pg_catalog.substr(pg_catalog.textsend(a.query), 1, %(text_bytes)s)
    END,
    CASE WHEN a.wait_event_type = 'Lock' THEN pg_catalog.pg_blocking_pids(a.pid) END,
    a.pid = pg_catalog.pg_backend_pid(),
    a.backend_type IS NULL
FROM pg_catalog.pg_stat_activity AS a
WHERE a.backend_type = 'client backend'
    OR (a.backend_type IS NULL AND a.usesysid IS NOT NULL AND a.datid IS NOT NULL)
