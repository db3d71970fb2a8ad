"""The questions by which a schema's definition is told: each gives kind, name and definition.

``%(schemas)s`` are the oids of the schemas that are covered, ``%(relations)s`` those of the chosen
tables where only tables are covered, else empty. What belongs to an extension is the extension's.
Definitions of the first group are expressions, those of the second are compared as they are.
"""

from __future__ import annotations

_FIRST_OF_USER = 16384


def _not_of_extension(catalog: str, oid: str) -> str:
    return (
        "NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS member"
        f" WHERE member.classid = 'pg_catalog.{catalog}'::pg_catalog.regclass"
        f" AND member.objid = {oid} AND member.deptype = 'e')"
    )


_RELATION = (
    "c.relnamespace = ANY (%(schemas)s::pg_catalog.oid[])"
    " AND (%(relations)s::pg_catalog.oid[] = '{}' OR c.oid = ANY (%(relations)s))"
    " AND c.relpersistence <> 't' AND c.relkind <> 't' AND "
    + _not_of_extension("pg_class", "c.oid")
)
_NAME = "c.oid::pg_catalog.regclass::pg_catalog.text"

EXPRESSIONS = (
    f"""
SELECT 'relation', {_NAME}, pg_catalog.concat_ws(' ', c.relkind, c.relpersistence, a.amname,
         c.relrowsecurity, c.relforcerowsecurity, c.relreplident, c.reloptions,
         pg_catalog.pg_get_partkeydef(c.oid), pg_catalog.pg_get_expr(c.relpartbound, c.oid),
         (SELECT pg_catalog.string_agg(i.inhparent::pg_catalog.regclass::pg_catalog.text, ','
                                       ORDER BY i.inhseqno)
            FROM pg_catalog.pg_inherits AS i WHERE i.inhrelid = c.oid),
         CASE WHEN c.relkind IN ('v', 'm') THEN pg_catalog.pg_get_viewdef(c.oid) END,
         CASE WHEN c.relkind = 'm' THEN c.relispopulated END,
         (SELECT s.srvname || ' ' || coalesce(f.ftoptions::pg_catalog.text, '')
            FROM pg_catalog.pg_foreign_table AS f
            JOIN pg_catalog.pg_foreign_server AS s ON s.oid = f.ftserver WHERE f.ftrelid = c.oid))
  FROM pg_catalog.pg_class AS c LEFT JOIN pg_catalog.pg_am AS a ON a.oid = c.relam
 WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S', 'c') AND {_RELATION}""",  # noqa: S608
    # A partition's identity is its parent's; a restore does not tell partitions of partitions of it.
    f"""
SELECT 'column', {_NAME} || ' ' || a.attname, pg_catalog.concat_ws(' ',
         pg_catalog.format_type(a.atttypid, a.atttypmod), a.attnotnull,
         CASE WHEN NOT c.relispartition THEN a.attidentity END, a.attgenerated, a.attstorage, nullif(a.attstattarget, -1), a.attoptions,
         a.attfdwoptions,
         (SELECT o.collname FROM pg_catalog.pg_collation AS o
           WHERE o.oid = a.attcollation AND o.collname <> 'default'),
         pg_catalog.pg_get_expr(d.adbin, d.adrelid))
  FROM pg_catalog.pg_class AS c
  JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  LEFT JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = c.oid AND d.adnum = a.attnum
 WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'c') AND {_RELATION}""",  # noqa: S608
    # Foreign keys of partitions that follow from their parent's get new names in a restore; names
    # of NOT NULL came with 18.
    f"""
SELECT 'constraint', {_NAME} || ' ' || k.conname,
       pg_catalog.pg_get_constraintdef(k.oid) || ' ' || k.convalidated
  FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_constraint AS k ON k.conrelid = c.oid
 WHERE k.contype NOT IN ('n', 't') AND NOT (k.contype = 'f' AND k.conparentid <> 0)
   AND {_RELATION}""",  # noqa: S608
    f"""
SELECT 'index', i.indexrelid::pg_catalog.regclass::pg_catalog.text, pg_catalog.concat_ws(' ',
         pg_catalog.pg_get_indexdef(i.indexrelid), i.indisclustered, i.indisreplident, i.indisvalid)
  FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_index AS i ON i.indrelid = c.oid
 WHERE {_RELATION}""",  # noqa: S608
    f"""
SELECT 'trigger', {_NAME} || ' ' || t.tgname,
       pg_catalog.pg_get_triggerdef(t.oid) || ' ' || t.tgenabled::pg_catalog.text
  FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_trigger AS t ON t.tgrelid = c.oid
 WHERE NOT t.tgisinternal AND {_RELATION}""",  # noqa: S608
    f"""
SELECT 'policy', {_NAME} || ' ' || p.polname, pg_catalog.concat_ws(' ', p.polcmd, p.polpermissive,
         ARRAY (SELECT pg_catalog.pg_get_userbyid(role) FROM pg_catalog.unnest(p.polroles) AS role
                 ORDER BY 1),
         pg_catalog.pg_get_expr(p.polqual, p.polrelid), 'check',
         pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid))
  FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_policy AS p ON p.polrelid = c.oid
 WHERE {_RELATION}""",  # noqa: S608
    f"""
SELECT 'rule', {_NAME} || ' ' || r.rulename,
       pg_catalog.pg_get_ruledef(r.oid) || ' ' || r.ev_enabled::pg_catalog.text
  FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_rewrite AS r ON r.ev_class = c.oid
 WHERE r.rulename <> '_RETURN' AND {_RELATION}""",  # noqa: S608
    f"""
SELECT 'statistics', s.stxname, pg_catalog.pg_get_statisticsobjdef(s.oid)
  FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_statistic_ext AS s ON s.stxrelid = c.oid
 WHERE {_RELATION}""",  # noqa: S608
    f"""
SELECT 'domain', t.oid::pg_catalog.regtype::pg_catalog.text, pg_catalog.concat_ws(' ',
         pg_catalog.format_type(t.typbasetype, t.typtypmod), t.typnotnull, t.typdefault,
         ARRAY (SELECT k.conname || ' ' || pg_catalog.pg_get_constraintdef(k.oid)
                  FROM pg_catalog.pg_constraint AS k
                 WHERE k.contypid = t.oid AND k.contype <> 'n' ORDER BY k.conname))
  FROM pg_catalog.pg_type AS t
 WHERE t.typtype = 'd' AND t.typnamespace = ANY (%(schemas)s::pg_catalog.oid[])
   AND %(relations)s::pg_catalog.oid[] = '{{}}'
   AND {_not_of_extension("pg_type", "t.oid")}""",  # noqa: S608
)
"""What is told as expressions: see ``normal_expression``."""

_IN_SCHEMA = "= ANY (%(schemas)s::pg_catalog.oid[]) AND %(relations)s::pg_catalog.oid[] = '{}'"


def _identities(catalog: str, namespace: str, definition: str) -> str:
    """Objects of a catalog with schemas, by their identity."""
    return (
        f"SELECT '{catalog}', (pg_catalog.pg_identify_object("  # noqa: S608
        f"'pg_catalog.{catalog}'::pg_catalog.regclass, o.oid, 0)).identity, {definition}"
        f" FROM pg_catalog.{catalog} AS o"
        f" WHERE o.{namespace} {_IN_SCHEMA} AND {_not_of_extension(catalog, 'o.oid')}"
    )


TEXTS = (
    "SELECT 'schema', nspname, '' FROM pg_catalog.pg_namespace"
    " WHERE oid = ANY (%(schemas)s::pg_catalog.oid[]) AND %(relations)s::pg_catalog.oid[] = '{}'",
    f"""
SELECT 'function', p.oid::pg_catalog.regprocedure::pg_catalog.text,
       CASE WHEN p.prokind <> 'a' THEN pg_catalog.pg_get_functiondef(p.oid)
            ELSE (SELECT pg_catalog.concat_ws(' ', a.aggkind, a.aggtransfn, a.aggfinalfn,
                         a.aggcombinefn, a.aggserialfn, a.aggdeserialfn, a.aggmtransfn,
                         pg_catalog.format_type(a.aggtranstype, NULL), a.agginitval)
                    FROM pg_catalog.pg_aggregate AS a WHERE a.aggfnoid = p.oid) END
  FROM pg_catalog.pg_proc AS p
 WHERE p.pronamespace {_IN_SCHEMA}
   AND {_not_of_extension("pg_proc", "p.oid")}""",  # noqa: S608
    f"""
SELECT 'enum', t.oid::pg_catalog.regtype::pg_catalog.text,
       (SELECT pg_catalog.array_agg(e.enumlabel ORDER BY e.enumsortorder)::pg_catalog.text
          FROM pg_catalog.pg_enum AS e WHERE e.enumtypid = t.oid)
  FROM pg_catalog.pg_type AS t
 WHERE t.typtype = 'e' AND t.typnamespace {_IN_SCHEMA}
   AND {_not_of_extension("pg_type", "t.oid")}""",  # noqa: S608
    f"""
SELECT 'range', t.oid::pg_catalog.regtype::pg_catalog.text,
       pg_catalog.concat_ws(' ', pg_catalog.format_type(r.rngsubtype, NULL), r.rngcanonical,
                            r.rngsubdiff)
  FROM pg_catalog.pg_type AS t JOIN pg_catalog.pg_range AS r ON r.rngtypid = t.oid
 WHERE t.typnamespace {_IN_SCHEMA}
   AND {_not_of_extension("pg_type", "t.oid")}""",  # noqa: S608
    f"""
SELECT 'sequence', {_NAME}, pg_catalog.concat_ws(' ', s.seqstart, s.seqincrement, s.seqmax,
         s.seqmin, s.seqcache, s.seqcycle, pg_catalog.format_type(s.seqtypid, NULL),
         (SELECT d.refobjid::pg_catalog.regclass::pg_catalog.text || ' ' || a.attname
            FROM pg_catalog.pg_depend AS d
            JOIN pg_catalog.pg_attribute AS a
              ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
           WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid
             AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
             AND d.deptype IN ('a', 'i')))
  FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_sequence AS s ON s.seqrelid = c.oid
 WHERE {_RELATION}""",  # noqa: S608
    _identities("pg_operator", "oprnamespace", "o.oprcode::pg_catalog.text"),
    _identities("pg_opclass", "opcnamespace", "o.opcdefault::pg_catalog.text"),
    _identities("pg_opfamily", "opfnamespace", "''"),
    _identities(
        "pg_collation",
        "collnamespace",
        "pg_catalog.concat_ws(' ', o.collprovider, o.collisdeterministic, o.collcollate,"
        " o.collctype)",
    ),
    _identities("pg_conversion", "connamespace", "o.conproc::pg_catalog.text"),
    _identities("pg_ts_config", "cfgnamespace", "''"),
    _identities("pg_ts_dict", "dictnamespace", "coalesce(o.dictinitoption, '')"),
    _identities("pg_ts_parser", "prsnamespace", "''"),
    _identities("pg_ts_template", "tmplnamespace", "''"),
)
"""What is told as it is, and belongs to schemas."""

WHOLE_DATABASE = (
    f"""
SELECT 'event trigger', t.evtname, pg_catalog.concat_ws(' ', t.evtevent,
         t.evtfoid::pg_catalog.regprocedure, t.evttags, t.evtenabled)
  FROM pg_catalog.pg_event_trigger AS t
 WHERE {_not_of_extension("pg_event_trigger", "t.oid")}""",  # noqa: S608
    f"""
SELECT 'publication', p.pubname, pg_catalog.concat_ws(' ', p.puballtables, p.pubinsert,
         p.pubupdate, p.pubdelete, p.pubtruncate, p.pubviaroot)
  FROM pg_catalog.pg_publication AS p
 WHERE {_not_of_extension("pg_publication", "p.oid")}""",  # noqa: S608
    """
SELECT 'published', pg_catalog.concat_ws(' ', t.pubname, t.schemaname, t.tablename),
       (SELECT pg_catalog.jsonb_agg(a ORDER BY a)::pg_catalog.text || coalesce(j.row ->> 'rowfilter', '')
          FROM pg_catalog.jsonb_array_elements_text(
                 nullif(j.row -> 'attnames', 'null')) AS a)
  FROM pg_catalog.pg_publication_tables AS t
       CROSS JOIN LATERAL (SELECT pg_catalog.to_jsonb(t) AS row) AS j
  JOIN pg_catalog.pg_namespace AS n ON n.nspname = t.schemaname
 WHERE n.oid = ANY (%(schemas)s::pg_catalog.oid[])""",
    f"""
SELECT 'foreign data wrapper', w.fdwname, pg_catalog.concat_ws(' ', w.fdwhandler, w.fdwvalidator,
         w.fdwoptions)
  FROM pg_catalog.pg_foreign_data_wrapper AS w
 WHERE w.oid >= {_FIRST_OF_USER} AND {_not_of_extension("pg_foreign_data_wrapper", "w.oid")}
""",  # noqa: S608
    f"""
SELECT 'foreign server', s.srvname, pg_catalog.concat_ws(' ', w.fdwname, s.srvtype, s.srvversion,
         s.srvoptions)
  FROM pg_catalog.pg_foreign_server AS s
  JOIN pg_catalog.pg_foreign_data_wrapper AS w ON w.oid = s.srvfdw
 WHERE {_not_of_extension("pg_foreign_server", "s.oid")}""",  # noqa: S608
    "SELECT 'user mapping', m.usename || ' ' || m.srvname, '' FROM pg_catalog.pg_user_mappings m",
    *(
        f"SELECT '{catalog}', (pg_catalog.pg_identify_object("  # noqa: S608
        f"'pg_catalog.{catalog}'::pg_catalog.regclass, o.oid, 0)).identity, ''"
        f" FROM pg_catalog.{catalog} AS o"
        f" WHERE o.oid >= {_FIRST_OF_USER} AND {_not_of_extension(catalog, 'o.oid')}"
        for catalog in ("pg_cast", "pg_language", "pg_transform", "pg_am")
    ),
    # Comments on what is covered; those on extensions are their own.
    f"""
SELECT 'comment', pg_catalog.concat_ws(' ', o.type, o.identity), d.description
  FROM pg_catalog.pg_description AS d,
       LATERAL pg_catalog.pg_identify_object(d.classoid, d.objoid, d.objsubid) AS o
 WHERE d.objoid >= {_FIRST_OF_USER} AND o.type <> 'extension'
   AND (o.schema IS NULL
        OR o.schema IN (SELECT pg_catalog.quote_ident(n.nspname) FROM pg_catalog.pg_namespace AS n
                         WHERE n.oid = ANY (%(schemas)s::pg_catalog.oid[])))
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS member
                    WHERE member.classid = d.classoid AND member.objid = d.objoid
                      AND member.deptype = 'e')""",  # noqa: S608
)
"""What is told as it is, and belongs to the database; only where all of it is covered."""


def _granted(catalog: str, owner: str, acl: str, letter: str, condition: str) -> str:
    """Owner and grants of each object of a catalog; default grants are told like given ones."""
    return f"""
SELECT '{catalog}', (pg_catalog.pg_identify_object(
         'pg_catalog.{catalog}'::pg_catalog.regclass, o.oid, 0)).identity,
       pg_catalog.pg_get_userbyid(o.{owner}) || ' ' || coalesce((
         SELECT pg_catalog.string_agg(pg_catalog.concat_ws(' ', r.rolname, g.privilege_type,
                                                           g.is_grantable), ','
                                      ORDER BY r.rolname, g.privilege_type)
           FROM pg_catalog.aclexplode(coalesce(o.{acl},
                                      pg_catalog.acldefault({letter}, o.{owner}))) AS g
           LEFT JOIN pg_catalog.pg_roles AS r ON r.oid = g.grantee), '')
  FROM pg_catalog.{catalog} AS o
 WHERE {condition} AND {_not_of_extension(catalog, "o.oid")}"""  # noqa: S608


PRIVILEGES = (
    _granted(
        "pg_class",
        "relowner",
        "relacl",
        "CASE WHEN o.relkind = 'S' THEN 's'::pg_catalog.\"char\" ELSE 'r' END",
        "o.relnamespace = ANY (%(schemas)s::pg_catalog.oid[]) AND o.relpersistence <> 't'"
        " AND o.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')"
        " AND (%(relations)s::pg_catalog.oid[] = '{}' OR o.oid = ANY (%(relations)s))",
    ),
    _granted("pg_proc", "proowner", "proacl", "'f'", f"o.pronamespace {_IN_SCHEMA}"),
    _granted(
        "pg_namespace",
        "nspowner",
        "nspacl",
        "'n'",
        "o.oid = ANY (%(schemas)s::pg_catalog.oid[]) AND %(relations)s::pg_catalog.oid[] = '{}'",
    ),
    _granted(
        "pg_type",
        "typowner",
        "typacl",
        "'T'",
        f"o.typtype IN ('d', 'e', 'r') AND o.typnamespace {_IN_SCHEMA}",
    ),
    f"""
SELECT 'column', {_NAME} || ' ' || a.attname,
       (SELECT pg_catalog.string_agg(pg_catalog.concat_ws(' ', r.rolname, g.privilege_type,
                                                         g.is_grantable), ','
                                    ORDER BY r.rolname, g.privilege_type)
          FROM pg_catalog.aclexplode(a.attacl) AS g
          LEFT JOIN pg_catalog.pg_roles AS r ON r.oid = g.grantee)
  FROM pg_catalog.pg_class AS c
  JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attacl IS NOT NULL
 WHERE {_RELATION}""",  # noqa: S608
    """
SELECT 'default', pg_catalog.concat_ws(' ', pg_catalog.pg_get_userbyid(d.defaclrole),
                                       n.nspname, d.defaclobjtype),
       (SELECT pg_catalog.string_agg(pg_catalog.concat_ws(' ', r.rolname, g.privilege_type,
                                                         g.is_grantable), ','
                                    ORDER BY r.rolname, g.privilege_type)
          FROM pg_catalog.aclexplode(d.defaclacl) AS g
          LEFT JOIN pg_catalog.pg_roles AS r ON r.oid = g.grantee)
  FROM pg_catalog.pg_default_acl AS d
  LEFT JOIN pg_catalog.pg_namespace AS n ON n.oid = d.defaclnamespace
 WHERE d.defaclnamespace = 0 OR n.oid = ANY (%(schemas)s::pg_catalog.oid[])""",
)
"""Owners and grants."""
