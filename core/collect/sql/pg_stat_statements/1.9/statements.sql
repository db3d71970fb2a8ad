-- Counters only: the texts lie in a file, which the argument false leaves unread.
SELECT /* pgvigil statements */
    userid, dbid, queryid, toplevel, calls, total_exec_time, mean_exec_time, stddev_exec_time,
    max_exec_time, rows, total_plan_time, shared_blks_hit, shared_blks_read,
    shared_blks_dirtied, shared_blks_written, temp_blks_read, temp_blks_written,
    blk_read_time, blk_write_time, wal_bytes::pg_catalog.int8, 0
FROM {schema}.pg_stat_statements(false)
