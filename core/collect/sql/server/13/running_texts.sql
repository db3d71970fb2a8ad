-- Before PostgreSQL 14 a running statement does not show its query id.
SELECT /* pgvigil statement texts */
    NULL::pg_catalog.int8, NULL::pg_catalog.text, NULL::pg_catalog.bytea, 0
WHERE false
