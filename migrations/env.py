"""How a migration runs: on its own engine, SQLite's foreign keys off and checked afterwards.

With the keys on, altering a table on SQLite copies it and drops the old one, and the implicit
DELETE takes every row that hangs on it along, without an error.
"""

import sqlalchemy as sa
from alembic import context
from alembic.autogenerate.api import AutogenContext
from alembic.ddl.sqlite import SQLiteImpl
from alembic.operations.batch import BatchOperationsImpl

from tracker import models  # noqa: F401 - fills the metadata
from tracker.db import Base, Scaled, UTCDateTime


def render_item(kind: str, item: object, _context: AutogenContext) -> str | bool:
    """Our column types as what the database sees: a migration imports none of ours."""
    if kind == "type" and isinstance(item, UTCDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, Scaled):
        return "sa.BigInteger()"
    if kind == "type" and isinstance(item, sa.Enum):
        return f"sa.String(length={item.length})"
    return False


class Copying(SQLiteImpl):
    """Copies a table on SQLite without reading all that it points to, and they in turn."""

    __dialect__ = "sqlite"  # by which it takes the place of alembic's own

    def requires_recreate_in_batch(self, batch_op: BatchOperationsImpl) -> bool:
        batch_op.reflect_kwargs.setdefault("resolve_fks", False)
        return super().requires_recreate_in_batch(batch_op)


def run() -> None:
    engine = sa.create_engine(context.config.attributes["url"], hide_parameters=True)
    try:
        with engine.connect() as connection:
            if engine.dialect.name == "sqlite":
                connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
                connection.exec_driver_sql("PRAGMA journal_mode=WAL")
                connection.rollback()
                # the driver begins nothing before DDL: a step would be kept half done
                connection.connection.dbapi_connection.isolation_level = None
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            _migrate(connection)
    finally:
        engine.dispose()  # else PostgreSQL won't copy the database while a connection lingers


def _migrate(connection: sa.Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
        render_item=render_item,
        transactional_ddl=True,
    )
    context.run_migrations()
    _refuse_broken_keys(connection)
    connection.commit()


def _refuse_broken_keys(connection: sa.Connection) -> None:
    if connection.dialect.name != "sqlite":
        return
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    if broken:
        raise RuntimeError(f"the migration left rows that point nowhere: {broken[:5]}")


run()
