"""The questions by which a schema's definition is told: each gives kind, name and definition.

``%(schemas)s`` are the oids of the schemas that are covered, ``%(relations)s`` those of the chosen
tables where only tables are covered, else empty. What belongs to an extension is the extension's.
What many of them have in common stands in braces; ``filled`` puts it in.
"""

from __future__ import annotations

import re

_PARTS = {
    "{name}": "c.oid::pg_catalog.regclass::pg_catalog.text",
    "{in_schema}": "= ANY (%(schemas)s::pg_catalog.oid[])"
    " AND %(relations)s::pg_catalog.oid[] = '{}'",
    "{first_of_user}": "16384",
    "{relation}": "c.relnamespace = ANY (%(schemas)s::pg_catalog.oid[])"
    " AND (%(relations)s::pg_catalog.oid[] = '{}' OR c.oid = ANY (%(relations)s))"
    " AND c.relpersistence <> 't' AND c.relkind <> 't'"
    " AND {not_of_extension pg_class c.oid}",
}
_NOT_OF_EXTENSION = re.compile(r"\{not_of_extension (\w+) ([\w.]+)\}")
_MEMBER = (
    r"NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS member"
    r" WHERE member.classid = 'pg_catalog.\1'::pg_catalog.regclass"
    r" AND member.objid = \2 AND member.deptype = 'e')"
)


def filled(question: str) -> str:
    """A question with the conditions that many have in common put into their places."""
    for place, part in _PARTS.items():
        question = question.replace(place, part)
    return _NOT_OF_EXTENSION.sub(_MEMBER, question)


EXPRESSIONS = (
    """
SELECT 'relation', {name}, pg_catalog.concat_ws(' ', c.relkind, c.relpersistence, a.amname,
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
 WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S', 'c') AND {relation}""",
    # A partition's identity is its parent's; a restore does not tell its own partitions of it.
    """
SELECT 'column', {name} || ' ' || a.attname, pg_catalog.concat_ws(' ',
         pg_catalog.format_type(a.atttypid, a.atttypmod), a.attnotnull,
         CASE WHEN NOT c.relispartition THEN a.attidentity END, a.attgenerated,
         a.attstorage, nullif(a.attstattarget, -1), a.attoptions,
         a.attfdwoptions,
         (SELECT o.collname FROM pg_catalog.pg_collation AS o
           WHERE o.oid = a.attcollation AND o.collname <> 'default'),
         pg_catalog.pg_get_expr(d.adbin, d.adrelid))
  FROM pg_catalog.pg_class AS c
  JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  LEFT JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = c.oid AND d.adnum = a.attnum
 WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'c') AND {relation}""",
    # Foreign keys of partitions that follow from their parent's get new names in a restore; names
    # of NOT NULL came with 18.
    """
SELECT 'constraint', {name} || ' ' || k.conname,
       pg_catalog.pg_get_constraintdef(k.oid) || ' ' || k.convalidated
  FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_constraint AS k ON k.conrelid = c.oid
 WHERE k.contype NOT IN ('n', 't') AND NOT (k.contype = 'f' AND k.conparentid <> 0)
   AND {relation}""",
    """
SELECT 'index', i.indexrelid::pg_catalog.regclass::pg_catalog.text, pg_catalog.concat_ws(' ',
         pg_catalog.pg_get_indexdef(i.indexrelid), i.indisclustered, i.indisreplident, i.indisvalid)
  FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_index AS i ON i.indrelid = c.oid
 WHERE {relation}""",
    """
SELECT 'trigger', {name} || ' ' || t.tgname,
       pg_catalog.pg_get_triggerdef(t.oid) || ' ' || t.tgenabled::pg_catalog.text
  FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_trigger AS t ON t.tgrelid = c.oid
 WHERE NOT t.tgisinternal AND {relation}""",
    """
SELECT 'policy', {name} || ' ' || p.polname, pg_catalog.concat_ws(' ', p.polcmd, p.polpermissive,
         ARRAY (SELECT pg_catalog.pg_get_userbyid(role) FROM pg_catalog.unnest(p.polroles) AS role
                 ORDER BY 1),
         pg_catalog.pg_get_expr(p.polqual, p.polrelid), 'check',
         pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid))
  FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_policy AS p ON p.polrelid = c.oid
 WHERE {relation}""",
    """
SELECT 'rule', {name} || ' ' || r.rulename,
       pg_catalog.pg_get_ruledef(r.oid) || ' ' || r.ev_enabled::pg_catalog.text
  FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_rewrite AS r ON r.ev_class = c.oid
 WHERE r.rulename <> '_RETURN' AND {relation}""",
    """
SELECT 'statistics', s.stxname, pg_catalog.pg_get_statisticsobjdef(s.oid)
  FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_statistic_ext AS s ON s.stxrelid = c.oid
 WHERE {relation}""",
    """
SELECT 'domain', t.oid::pg_catalog.regtype::pg_catalog.text, pg_catalog.concat_ws(' ',
         pg_catalog.format_type(t.typbasetype, t.typtypmod), t.typnotnull, t.typdefault,
         ARRAY (SELECT k.conname || ' ' || pg_catalog.pg_get_constraintdef(k.oid)
                  FROM pg_catalog.pg_constraint AS k
                 WHERE k.contypid = t.oid AND k.contype <> 'n' ORDER BY k.conname))
  FROM pg_catalog.pg_type AS t
 WHERE t.typtype = 'd' AND t.typnamespace = ANY (%(schemas)s::pg_catalog.oid[])
   AND %(relations)s::pg_catalog.oid[] = '{}'
   AND {not_of_extension pg_type t.oid}""",
)
"""What is told as expressions: see ``normal_expression``."""


def _identities(catalog: str, condition: str, definition: str) -> str:
    """The objects of a catalog by their identity."""
    text = """
SELECT '{catalog}', (pg_catalog.pg_identify_object(
         'pg_catalog.{catalog}'::pg_catalog.regclass, o.oid, 0)).identity, {definition}
  FROM pg_catalog.{catalog} AS o
 WHERE {condition} AND {not_of_extension {catalog} o.oid}"""
    return (
        text.replace("{catalog}", catalog)
        .replace("{definition}", definition)
        .replace("{condition}", condition)
    )


TEXTS = (
    "SELECT 'schema', nspname, '' FROM pg_catalog.pg_namespace"
    " WHERE oid = ANY (%(schemas)s::pg_catalog.oid[]) AND %(relations)s::pg_catalog.oid[] = '{}'",
    """
SELECT 'function', p.oid::pg_catalog.regprocedure::pg_catalog.text,
       CASE WHEN p.prokind <> 'a' THEN pg_catalog.pg_get_functiondef(p.oid)
            ELSE (SELECT pg_catalog.concat_ws(' ', a.aggkind, a.aggtransfn, a.aggfinalfn,
                         a.aggcombinefn, a.aggserialfn, a.aggdeserialfn, a.aggmtransfn,
                         pg_catalog.format_type(a.aggtranstype, NULL), a.agginitval)
                    FROM pg_catalog.pg_aggregate AS a WHERE a.aggfnoid = p.oid) END
  FROM pg_catalog.pg_proc AS p
 WHERE p.pronamespace {in_schema}
   AND {not_of_extension pg_proc p.oid}""",
    """
SELECT 'enum', t.oid::pg_catalog.regtype::pg_catalog.text,
       (SELECT pg_catalog.array_agg(e.enumlabel ORDER BY e.enumsortorder)::pg_catalog.text
          FROM pg_catalog.pg_enum AS e WHERE e.enumtypid = t.oid)
  FROM pg_catalog.pg_type AS t
 WHERE t.typtype = 'e' AND t.typnamespace {in_schema}
   AND {not_of_extension pg_type t.oid}""",
    """
SELECT 'range', t.oid::pg_catalog.regtype::pg_catalog.text,
       pg_catalog.concat_ws(' ', pg_catalog.format_type(r.rngsubtype, NULL), r.rngcanonical,
                            r.rngsubdiff)
  FROM pg_catalog.pg_type AS t JOIN pg_catalog.pg_range AS r ON r.rngtypid = t.oid
 WHERE t.typnamespace {in_schema}
   AND {not_of_extension pg_type t.oid}""",
    """
SELECT 'sequence', {name}, pg_catalog.concat_ws(' ', s.seqstart, s.seqincrement, s.seqmax,
         s.seqmin, s.seqcache, s.seqcycle, pg_catalog.format_type(s.seqtypid, NULL),
         (SELECT d.refobjid::pg_catalog.regclass::pg_catalog.text || ' ' || a.attname
            FROM pg_catalog.pg_depend AS d
            JOIN pg_catalog.pg_attribute AS a
              ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
           WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid
             AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
             AND d.deptype IN ('a', 'i')))
  FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_sequence AS s ON s.seqrelid = c.oid
 WHERE {relation}""",
    _identities("pg_operator", "o.oprnamespace {in_schema}", "o.oprcode::pg_catalog.text"),
    _identities("pg_opclass", "o.opcnamespace {in_schema}", "o.opcdefault::pg_catalog.text"),
    _identities("pg_opfamily", "o.opfnamespace {in_schema}", "''"),
    _identities(
        "pg_collation",
        "o.collnamespace {in_schema}",
        "pg_catalog.concat_ws(' ', o.collprovider, o.collisdeterministic, o.collcollate,"
        " o.collctype)",
    ),
    _identities("pg_conversion", "o.connamespace {in_schema}", "o.conproc::pg_catalog.text"),
    _identities("pg_ts_config", "o.cfgnamespace {in_schema}", "''"),
    _identities("pg_ts_dict", "o.dictnamespace {in_schema}", "coalesce(o.dictinitoption, '')"),
    _identities("pg_ts_parser", "o.prsnamespace {in_schema}", "''"),
    _identities("pg_ts_template", "o.tmplnamespace {in_schema}", "''"),
)
"""What is told as it is, and belongs to schemas."""

WHOLE_DATABASE = (
    """
SELECT 'event trigger', t.evtname, pg_catalog.concat_ws(' ', t.evtevent,
         t.evtfoid::pg_catalog.regprocedure, t.evttags, t.evtenabled)
  FROM pg_catalog.pg_event_trigger AS t
 WHERE {not_of_extension pg_event_trigger t.oid}""",
    """
SELECT 'publication', p.pubname, pg_catalog.concat_ws(' ', p.puballtables, p.pubinsert,
         p.pubupdate, p.pubdelete, p.pubtruncate, p.pubviaroot)
  FROM pg_catalog.pg_publication AS p
 WHERE {not_of_extension pg_publication p.oid}""",
    """
SELECT 'published', pg_catalog.concat_ws(' ', t.pubname, t.schemaname, t.tablename),
       (SELECT pg_catalog.jsonb_agg(a ORDER BY a)::pg_catalog.text
                 || coalesce(j.row ->> 'rowfilter', '')
          FROM pg_catalog.jsonb_array_elements_text(
                 nullif(j.row -> 'attnames', 'null')) AS a)
  FROM pg_catalog.pg_publication_tables AS t
       CROSS JOIN LATERAL (SELECT pg_catalog.to_jsonb(t) AS row) AS j
  JOIN pg_catalog.pg_namespace AS n ON n.nspname = t.schemaname
 WHERE n.oid = ANY (%(schemas)s::pg_catalog.oid[])""",
    """
SELECT 'foreign data wrapper', w.fdwname, pg_catalog.concat_ws(' ', w.fdwhandler, w.fdwvalidator,
         w.fdwoptions)
  FROM pg_catalog.pg_foreign_data_wrapper AS w
 WHERE w.oid >= {first_of_user} AND {not_of_extension pg_foreign_data_wrapper w.oid}
""",
    """
SELECT 'foreign server', s.srvname, pg_catalog.concat_ws(' ', w.fdwname, s.srvtype, s.srvversion,
         s.srvoptions)
  FROM pg_catalog.pg_foreign_server AS s
  JOIN pg_catalog.pg_foreign_data_wrapper AS w ON w.oid = s.srvfdw
 WHERE {not_of_extension pg_foreign_server s.oid}""",
    "SELECT 'user mapping', m.usename || ' ' || m.srvname, '' FROM pg_catalog.pg_user_mappings m",
    *(
        _identities(catalog, "o.oid >= {first_of_user}", "''")
        for catalog in ("pg_cast", "pg_language", "pg_transform", "pg_am")
    ),
    # Comments on what is covered; those on extensions are their own.
    """
SELECT 'comment', pg_catalog.concat_ws(' ', o.type, o.identity), d.description
  FROM pg_catalog.pg_description AS d,
       LATERAL pg_catalog.pg_identify_object(d.classoid, d.objoid, d.objsubid) AS o
 WHERE d.objoid >= {first_of_user} AND o.type <> 'extension'
   AND (o.schema IS NULL
        OR o.schema IN (SELECT pg_catalog.quote_ident(n.nspname) FROM pg_catalog.pg_namespace AS n
                         WHERE n.oid = ANY (%(schemas)s::pg_catalog.oid[])))
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS member
                    WHERE member.classid = d.classoid AND member.objid = d.objoid
                      AND member.deptype = 'e')""",
)
"""What is told as it is, and belongs to the database; only where all of it is covered."""


def _granted(catalog: str, prefix: str, letter: str, condition: str) -> str:
    """Owner and grants of each object of a catalog; default grants are told like given ones."""
    owner_and_grants = """
       pg_catalog.pg_get_userbyid(o.{prefix}owner) || ' ' || coalesce((
         SELECT pg_catalog.string_agg(pg_catalog.concat_ws(' ', r.rolname, g.privilege_type,
                                                           g.is_grantable), ','
                                      ORDER BY r.rolname, g.privilege_type)
           FROM pg_catalog.aclexplode(coalesce(o.{prefix}acl,
                                      pg_catalog.acldefault({letter}, o.{prefix}owner))) AS g
           LEFT JOIN pg_catalog.pg_roles AS r ON r.oid = g.grantee), '')"""
    told = owner_and_grants.replace("{prefix}", prefix).replace("{letter}", letter)
    return _identities(catalog, condition, told)


PRIVILEGES = (
    _granted(
        "pg_class",
        "rel",
        "CASE WHEN o.relkind = 'S' THEN 's'::pg_catalog.\"char\" ELSE 'r' END",
        "o.relnamespace = ANY (%(schemas)s::pg_catalog.oid[]) AND o.relpersistence <> 't'"
        " AND o.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')"
        " AND (%(relations)s::pg_catalog.oid[] = '{}' OR o.oid = ANY (%(relations)s))",
    ),
    _granted("pg_proc", "pro", "'f'", "o.pronamespace {in_schema}"),
    _granted(
        "pg_namespace",
        "nsp",
        "'n'",
        "o.oid = ANY (%(schemas)s::pg_catalog.oid[]) AND %(relations)s::pg_catalog.oid[] = '{}'",
    ),
    _granted(
        "pg_type",
        "typ",
        "'T'",
        "o.typtype IN ('d', 'e', 'r') AND o.typnamespace {in_schema}",
    ),
    """
SELECT 'column', {name} || ' ' || a.attname,
       (SELECT pg_catalog.string_agg(pg_catalog.concat_ws(' ', r.rolname, g.privilege_type,
                                                         g.is_grantable), ','
                                    ORDER BY r.rolname, g.privilege_type)
          FROM pg_catalog.aclexplode(a.attacl) AS g
          LEFT JOIN pg_catalog.pg_roles AS r ON r.oid = g.grantee)
  FROM pg_catalog.pg_class AS c
  JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attacl IS NOT NULL
 WHERE {relation}""",
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
