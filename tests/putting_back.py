"""Putting a backup back, and who is asked because of it."""

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import sessionmaker

from tests.cast import a_ward, asked_to_book
from tracker.backups.restoring import check_file, fill
from tracker.backups.rows import count_rows, tables
from tracker.models import Watch

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def a_told_patient(session, *, now):
    """The ward of a pump whose patient is asked to book at `now`, and is told by e-mail."""
    ward = a_ward(session)
    asked_to_book(session, ward, now=now)
    session.commit()
    return ward


def counted(engine):
    """How many rows each table has."""
    with engine.connect().execution_options(readonly=True) as connection:
        return {table.name: count_rows(connection, table.name) for table in tables()}


def restored(database_url, engine, made, now):
    """A restore where nothing leaves a trail, so that the tables need not be made anew."""
    whole = check_file(made.path)
    fill(
        engine,
        database_url,
        made.path,
        whole,
        finish=lambda: None,
        session_on=lambda connection: sessionmaker(connection, expire_on_commit=False)(),
        now=now,
    )


def told_of(session):
    asked = sa.select(Watch).where(Watch.open_key.like("restoration:%"))
    return session.scalars(asked).all()
