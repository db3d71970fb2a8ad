"""A hash of the large objects' content."""

from __future__ import annotations

from core.backup.dump.endpoint import Connection
from core.backup.fingerprint.content import combined
from core.backup.progress import JobReporter

_PIECE = 1 << 20

# Each object's next piece, whole pieces first: an object goes on where its piece was full. Reading
# by pieces keeps the server's memory small, and sees holes as the zeros that a restore writes.
_PIECES = """
SELECT /* pgvigil fingerprint */ pg_catalog.count(*),
       pg_catalog.sum(pg_catalog.hashtextextended(r, %(first)s)),
       pg_catalog.sum(pg_catalog.hashtextextended(r, %(second)s)),
       coalesce(pg_catalog.array_agg(oid) FILTER (WHERE full_piece), '{}')
  FROM (SELECT oid, pg_catalog.length(piece) = %(length)s AS full_piece,
               (oid::pg_catalog.text || ':' || %(number)s || ':'
                 || pg_catalog.encode(pg_catalog.sha256(piece), 'hex')) COLLATE pg_catalog."C" AS r
          FROM (SELECT m.oid, pg_catalog.lo_get(m.oid, %(number)s::pg_catalog.int8 * %(length)s,
                                                %(length)s) AS piece
                  FROM pg_catalog.pg_largeobject_metadata AS m
                 WHERE %(all)s OR m.oid = ANY (%(oids)s::pg_catalog.oid[])
                OFFSET 0) AS pieces
        OFFSET 0) AS hashed
"""


def hash_large_objects(
    connection: Connection, seeds: tuple[int, int], reporter: JobReporter
) -> str:
    """The content's hash of all large objects, with their oids; empty where there are none.

    Raises:
        CancelledError: a person cancelled the job.
    """
    total, sums, oids, number = 0, [0, 0], list[int](), 0
    while number == 0 or oids:
        reporter.check_cancelled()
        parameters = {
            "first": seeds[0],
            "second": seeds[1],
            "length": _PIECE,
            "number": number,
            "all": number == 0,
            "oids": oids,
        }
        count, first, second, oids = connection.execute(_PIECES, parameters).fetchall()[0]
        total += count
        sums = [sums[0] + int(first or 0), sums[1] + int(second or 0)]
        number += 1
    return combined(total, *sums) if total else ""
