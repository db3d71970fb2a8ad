-- Reads the whole file of texts, so it is asked seldom and for many statements at once. Long texts
-- come cut, as bytes: cutting text would fail on invalid encodings.
SELECT /* pgvigil statement texts */
    queryid,
    CASE WHEN pg_catalog.octet_length(query) <= %(text_bytes)s THEN query END,
    CASE WHEN pg_catalog.octet_length(query) > %(text_bytes)s
        THEN pg_catalog.substr(pg_catalog.textsend(query), 1, %(text_bytes)s)
    END
FROM {schema}.pg_stat_statements(true)
WHERE queryid = ANY (%(query_ids)s::pg_catalog.int8[])
