"""The migrations: both ways, on both databases, and the same as the models."""

import shutil
import warnings

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.exc import IntegrityError

from tests.builders import a_clinic, a_contact, a_pump, a_refill
from tracker import models, schema  # noqa: F401
from tracker.db import Base
from tracker.domain.danger import WatchKind
from tracker.services.faults import Cause, raise_fault

# A step as any later one may be: on SQLite it copies the table and drops the old one.
NEXT_STEP = """
import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "9999", "LAST", None, None


def how():
    return "always" if op.get_context().dialect.name == "sqlite" else "never"


def upgrade():
    for table in ("patient", "watch", "refill", "staff"):
        with op.batch_alter_table(table, recreate=how()) as batch:
            batch.add_column(sa.Column("more", sa.Integer, nullable=True))


def downgrade():
    for table in ("patient", "watch", "refill", "staff"):
        with op.batch_alter_table(table, recreate=how()) as batch:
            batch.drop_column("more")
"""


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


@pytest.fixture
def next_step(tmp_path, monkeypatch):
    """The migrations with one more at the end."""
    step = NEXT_STEP.replace("LAST", schema.newest())
    shutil.copytree(schema.MIGRATIONS, tmp_path / "migrations")
    (tmp_path / "migrations" / "versions" / "9999_the_next_step.py").write_text(step)
    monkeypatch.setattr(schema, "MIGRATIONS", tmp_path / "migrations")


def everything(engine):
    """Each table's rows, in order."""
    found = {}
    with engine.connect() as connection:
        for table in Base.metadata.tables.values():
            rows = connection.execute(sa.select(table).order_by(table.c.id)).all()
            found[table.name] = [tuple(row) for row in rows]
    return found


def test_altering_a_table_that_others_hang_on_loses_no_row(
    session, engine, database_url, next_step
):
    pump = a_pump(session)
    a_refill(session, pump)
    a_contact(session, pump.patient)
    session.commit()
    session.close()
    before, last = everything(engine), schema.version_of(engine)
    engine.dispose()

    schema.upgrade(database_url)
    after_up = everything(engine)
    engine.dispose()
    schema.downgrade(database_url, last)

    assert before["refill_drug"] != []
    assert after_up == before
    assert everything(engine) == before


def test_an_open_alarm_on_a_way_of_sending_goes_along(session, engine, database_url, now):
    clinic = a_clinic(session)
    cause = Cause(f"clinic:{clinic.id}:system:channel_email", clinic.id, "Most of it fails.")
    raise_fault(session, WatchKind.SYSTEM, cause, now=now)
    session.commit()
    session.close()
    engine.dispose()

    schema.downgrade(database_url, "0033")
    with engine.connect() as connection:
        keys = connection.scalars(sa.text("SELECT open_key FROM watch")).all()
    engine.dispose()
    schema.upgrade(database_url)
    with engine.connect() as connection:
        again = connection.scalars(sa.text("SELECT open_key FROM watch")).all()

    assert keys == [f"clinic:{clinic.id}:system:channel"]
    assert again == [cause.open_key]


BREAKING_STEP = """
from alembic import op

revision, down_revision, branch_labels, depends_on = "NEXT", "LAST", None, None


def upgrade():
    op.execute("ALTER TABLE staff ADD COLUMN more INTEGER")
    op.execute("UPDATE patient SET clinic_id = 999")


def downgrade():
    pass
"""


def test_a_step_that_leaves_rows_pointing_nowhere_leaves_nothing_behind(
    session, engine, database_url, tmp_path, monkeypatch
):
    a_pump(session)
    session.commit()
    session.close()
    engine.dispose()
    last = schema.newest()
    step = BREAKING_STEP.replace("LAST", last).replace("NEXT", "9999")
    shutil.copytree(schema.MIGRATIONS, tmp_path / "migrations")
    (tmp_path / "migrations" / "versions" / "9999_break_a_key.py").write_text(step)
    monkeypatch.setattr(schema, "MIGRATIONS", tmp_path / "migrations")

    with pytest.raises((RuntimeError, IntegrityError)):
        schema.upgrade(database_url)

    assert schema.version_of(engine) == last
    columns = {one["name"] for one in sa.inspect(engine).get_columns("staff")}
    assert "more" not in columns
    engine.dispose()
