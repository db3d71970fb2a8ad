SELECT /* pgvigil statements */
    pg_catalog.date_part('epoch', pg_catalog.statement_timestamp()),
    pg_catalog.date_part('epoch', pg_catalog.pg_postmaster_start_time()),
    coalesce(pg_catalog.current_setting('pg_stat_statements.max', true), '0')::pg_catalog.int4,
    pg_catalog.current_setting('block_size')::pg_catalog.int4,
    info.dealloc,
    pg_catalog.date_part('epoch', info.stats_reset)
FROM {schema}.pg_stat_statements_info() AS info
