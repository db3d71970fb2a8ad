-- Where the file of texts can't be read, a statement that just runs still shows its own.
SELECT /* pgvigil statement texts */
    query_id,
    CASE WHEN pg_catalog.octet_length(query) <= %(text_bytes)s THEN query END,
    CASE WHEN pg_catalog.octet_length(query) > %(text_bytes)s
        THEN pg_catalog.substr(pg_catalog.textsend(query), 1, %(text_bytes)s)
    END,
    pg_catalog.octet_length(query)
FROM pg_catalog.pg_stat_activity
WHERE query_id = ANY (%(query_ids)s::pg_catalog.int8[])
LIMIT 100
