-- The row without a name counts the shared catalogs; it is nobody's database.
SELECT /* pgvigil databases */
    datid::pg_catalog.int8, datname, numbackends, xact_commit, xact_rollback, blks_hit, blks_read,
    temp_files, temp_bytes, deadlocks, tup_returned, tup_fetched,
    tup_inserted + tup_updated + tup_deleted,
    pg_catalog.date_part('epoch', stats_reset),
    pg_catalog.date_part('epoch', pg_catalog.statement_timestamp())
FROM pg_catalog.pg_stat_database
WHERE datname IS NOT NULL
