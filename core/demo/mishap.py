"""What goes wrong in a demonstration where somebody wants that: a table is dropped by mistake."""

from __future__ import annotations

import psycopg

from core.errors import DemoError

TABLE = "order_items"
STATEMENT = "DROP TABLE order_items"
_COUNT = "SELECT count(*) FROM order_items"
# Dropping it locks what its foreign keys point to as well. Whoever buys locks these in this order;
# in another, one of the two would be the victim of a deadlock.
_LOCKS = tuple(f"LOCK TABLE {name} IN ACCESS EXCLUSIVE MODE" for name in ("orders", TABLE))


def drop_a_table(superuser_dsn: str) -> str:
    """Drop it; a sentence of what is lost.

    Raises:
        DemoError: it is gone already, or the server is.
    """
    try:
        with psycopg.connect(superuser_dsn, autocommit=True) as connection:
            connection.execute("SET lock_timeout = '10s'")
            with connection.transaction():
                for lock in _LOCKS:
                    connection.execute(lock)
                row = connection.execute(_COUNT).fetchone()
                connection.execute(STATEMENT)
    except psycopg.errors.UndefinedTable as error:
        raise DemoError(
            f"The table {TABLE} is gone already", why=str(error).strip(), remedy="R brings it back"
        ) from error
    except psycopg.Error as error:
        raise DemoError("The table could not be dropped", why=str(error).strip()) from error
    return f"{TABLE} is gone, and with it {row[0] if row else 0} rows."
