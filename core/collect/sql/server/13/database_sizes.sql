-- Walks the files of each database; where neither privilege is there, the size is withheld.
SELECT /* pgvigil database sizes */
    d.oid::pg_catalog.int8,
    p.may_see,
    CASE WHEN p.may_see THEN pg_catalog.pg_database_size(d.oid) END,
    pg_catalog.quote_ident(d.datname)
FROM pg_catalog.pg_database AS d,
    LATERAL (
        SELECT pg_catalog.has_database_privilege(d.oid, 'CONNECT')
            OR pg_catalog.pg_has_role('pg_read_all_stats', 'USAGE') AS may_see
    ) AS p
WHERE d.oid::pg_catalog.int8 = ANY (%(database_ids)s::pg_catalog.int8[])
