-- Evictions and the time of the last reset are not to be had before 1.9.
SELECT /* pgvigil statements */
    pg_catalog.date_part('epoch', pg_catalog.statement_timestamp()),
    pg_catalog.date_part('epoch', pg_catalog.pg_postmaster_start_time()),
    coalesce(pg_catalog.current_setting('pg_stat_statements.max', true), '0')::pg_catalog.int4,
    pg_catalog.current_setting('block_size')::pg_catalog.int4,
    NULL::pg_catalog.int8,
    NULL::pg_catalog.float8
