"""Column types that mean the same on SQLite and on PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, Integer, String, TypeDecorator
from sqlalchemy.types import TypeEngine

_TEXT_FORMAT = "%Y-%m-%d %H:%M:%S.%f"

Identity = BigInteger().with_variant(Integer(), "sqlite")
"""A key that the database hands out; SQLite only does so for INTEGER."""


class Document(TypeDecorator[Any]):
    """A JSON document: jsonb on PostgreSQL, whose dialect is imported for nobody else."""

    impl = JSON
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """The column's type in ``dialect``."""
        if dialect.name == "postgresql":
            from sqlalchemy.dialects.postgresql import JSONB

            return dialect.type_descriptor(JSONB())
        return dialect.type_descriptor(JSON())


class Moment(TypeDecorator[datetime]):
    """A UTC moment that people query: timestamptz on PostgreSQL, ``datetime()`` text on SQLite."""

    impl = String
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """The column's type in ``dialect``."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(DateTime(timezone=True))
        return dialect.type_descriptor(String(26))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """``value`` as the driver takes it."""
        if value is None or dialect.name == "postgresql":
            return value
        return value.astimezone(UTC).strftime(_TEXT_FORMAT)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """What the driver gave, as an aware moment."""
        del dialect
        if value is None:
            return None
        if isinstance(value, datetime):
            return value.astimezone(UTC)
        return datetime.strptime(value, _TEXT_FORMAT).replace(tzinfo=UTC)
