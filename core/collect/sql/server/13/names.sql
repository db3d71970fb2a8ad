SELECT /* pgvigil names */ 'role', oid::pg_catalog.int8, rolname FROM pg_catalog.pg_roles
UNION ALL
SELECT 'database', oid::pg_catalog.int8, datname FROM pg_catalog.pg_database
