SELECT /* pgvigil server */
    pg_catalog.current_setting('server_version_num')::pg_catalog.int4,
    pg_catalog.current_setting('server_version'),
    pg_catalog.pg_is_in_recovery(),
    pg_catalog.date_part('epoch', pg_catalog.pg_postmaster_start_time()),
    pg_catalog.date_part('epoch', pg_catalog.statement_timestamp()),
    pg_catalog.current_database(),
    current_user::pg_catalog.text,
    pg_catalog.current_setting('is_superuser') = 'on',
    pg_catalog.current_setting('max_connections')::pg_catalog.int4,
    pg_catalog.current_setting('superuser_reserved_connections')::pg_catalog.int4,
    coalesce(pg_catalog.current_setting('reserved_connections', true), '0')::pg_catalog.int4,
    pg_catalog.current_setting('cluster_name')
