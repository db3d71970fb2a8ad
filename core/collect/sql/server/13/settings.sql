-- What pgvigil sets for its own session is shown as it stands without that.
SELECT /* pgvigil settings */
    name,
    CASE WHEN source = 'session' THEN reset_val || coalesce(unit, '')
        ELSE pg_catalog.current_setting(name)
    END
FROM pg_catalog.pg_settings
WHERE name = ANY (%(names)s)
