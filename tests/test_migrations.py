"""The migrations: both ways, on both databases, and the same as the models."""

import shutil
import warnings
from datetime import timedelta

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.exc import IntegrityError

from tests.builders import a_clinic, a_contact, a_message, a_pump, a_refill
from tracker import models, schema
from tracker.db import Base
from tracker.domain.danger import WatchKind
from tracker.domain.message import Channel
from tracker.models import Attempt
from tracker.services.faults import Cause, raise_fault

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
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


@pytest.fixture
def failing(session, now):
    """A clinic whose texts have failed of late; an e-mail did a day ago, and more before."""
    pump = a_pump(session)
    watch = session.scalars(sa.select(models.Watch)).first()
    for channel, ago, outcome, times in (
        (Channel.EMAIL, DAY, "for_now", 9),
        (Channel.EMAIL, MINUTE, "for_now", 1),
        (Channel.EMAIL, MINUTE, "sent", 9),
        (Channel.SMS, MINUTE, "for_now", 3),
    ):
        for _ in range(times):
            message = a_message(session, watch, channel=channel)
            facts = {"started_at": now - ago, "outcome": outcome}
            session.add(Attempt(message_id=message.id, **facts))
    return pump.clinic


def open_alarms(engine):
    """The keys of the open alarms on a way of sending, without their clinic's part."""
    asked = sa.text("SELECT open_key FROM watch WHERE open_key LIKE '%system%' ORDER BY id")
    with engine.connect() as connection:
        found = [key.rpartition(":")[2] for key in connection.scalars(asked)]
    engine.dispose()
    return found


@pytest.mark.parametrize(
    ("before", "old", "after"),
    [
        (["channel_sms"], ["channel"], ["channel_sms"]),
        # of which it was is known no more
        (["channel_email"], ["channel"], ["channel_sms"]),
        (["channel_email", "channel_sms"], ["channel"], ["channel_sms"]),
    ],
)
def test_an_open_alarm_on_a_way_of_sending_is_of_the_one_that_fails(
    session, engine, database_url, failing, now, before, old, after
):
    for promise in before:
        key = f"clinic:{failing.id}:system:{promise}"
        cause = Cause(key, failing.id, "Most of it fails.")
        raise_fault(session, WatchKind.SYSTEM, cause, now=now)
    session.commit()
    session.close()
    engine.dispose()

    schema.downgrade(database_url, "0033")
    assert open_alarms(engine) == old
    schema.upgrade(database_url)
    assert open_alarms(engine) == after


def test_an_open_alarm_is_of_e_mails_where_no_text_fails(session, engine, database_url, now):
    clinic = a_clinic(session)
    cause = Cause(f"clinic:{clinic.id}:system:channel_email", clinic.id, "Most of it fails.")
    raise_fault(session, WatchKind.SYSTEM, cause, now=now)
    session.commit()
    session.close()
    engine.dispose()

    schema.downgrade(database_url, "0033")
    assert open_alarms(engine) == ["channel"]
    schema.upgrade(database_url)
    assert open_alarms(engine) == ["channel_email"]


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
