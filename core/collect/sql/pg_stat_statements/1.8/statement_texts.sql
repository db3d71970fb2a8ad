-- Reads the whole file of texts, so it is asked seldom and for many statements at once, and stops
-- at a sum. Long texts come cut, as bytes: cutting text would fail on invalid encodings.
SELECT /* pgvigil statement texts */
    queryid,
    CASE WHEN bytes <= %(text_bytes)s THEN query END,
    CASE WHEN bytes > %(text_bytes)s
        THEN pg_catalog.substr(pg_catalog.textsend(query), 1, %(text_bytes)s)
    END,
    bytes
FROM (
    SELECT
        queryid, query, pg_catalog.octet_length(query) AS bytes,
        pg_catalog.sum(least(pg_catalog.octet_length(query), %(text_bytes)s))
            OVER (ORDER BY queryid ROWS UNBOUNDED PRECEDING) AS sum_of_bytes
    FROM {schema}.pg_stat_statements(true)
    WHERE queryid = ANY (%(query_ids)s::pg_catalog.int8[])
) AS texts
WHERE sum_of_bytes - least(bytes, %(text_bytes)s) < %(most_bytes)s
