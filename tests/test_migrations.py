"""The migrations: both ways, on both databases, and the same as the models."""

import warnings

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from tracker import models, schema  # noqa: F401
from tracker.db import Base


def test_up_down_and_up_again_leaves_the_newest_schema(bare_database_url):
    schema.upgrade(bare_database_url)
    schema.downgrade(bare_database_url)
    schema.upgrade(bare_database_url)

    engine = sa.create_engine(bare_database_url)
    assert schema.version_of(engine) == schema.newest()
    engine.dispose()


def test_down_to_nothing_leaves_no_table_behind(bare_database_url):
    schema.upgrade(bare_database_url)
    schema.downgrade(bare_database_url)

    engine = sa.create_engine(bare_database_url)
    assert set(sa.inspect(engine).get_table_names()) <= {"alembic_version"}
    engine.dispose()


def test_the_migrations_make_what_the_models_say(engine):
    with engine.connect() as connection, warnings.catch_warnings():
        # generated columns are compared by spelling, and PostgreSQL spells them its own way
        warnings.filterwarnings("ignore", message="Computed default")
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_every_named_check_of_the_models_is_in_the_database(engine):
    inspector = sa.inspect(engine)
    for table in Base.metadata.sorted_tables:
        wanted = {
            str(constraint.name)
            for constraint in table.constraints
            if isinstance(constraint, sa.CheckConstraint)
        }
        found = {check["name"] for check in inspector.get_check_constraints(table.name)}
        assert {
            name if name.startswith("ck_") else f"ck_{table.name}_{name}" for name in wanted
        } == found
