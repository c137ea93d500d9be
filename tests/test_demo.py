"""The demonstration: the same for a given day, and every state of the board in it."""

import re
import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker import demo
from tracker.db import Base, make_engine, make_sessions
from tracker.domain.danger import Bucket, WatchKind
from tracker.domain.message import Channel
from tracker.domain.reply import ReplyKind
from tracker.domain.risk import RiskClass
from tracker.domain.silence import SilenceKind
from tracker.domain.visit import VisitState
from tracker.models import (
    Absence,
    Appointment,
    Clinic,
    Contact,
    Duty,
    Patient,
    PumpModel,
    RefillDrug,
    Relation,
    Reply,
    SilenceRow,
    Staff,
    Watch,
)
from tracker.services.boards import board_counts
from tracker.services.figures import late_now
from tracker.services.rebuilds import reproject_all

TODAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def dump_of(session: Session) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table; of passwords, which are salted, only that there is one."""
    return {
        table.name: [
            tuple(bool(v) if c == "password_hash" else v for c, v in row._mapping.items())
            for row in session.execute(sa.select(table).order_by(*table.primary_key.columns))
        ]
        for table in Base.metadata.sorted_tables
    }


def filled(template: Path, path: Path) -> Session:
    shutil.copy(template, path)
    session = make_sessions(make_engine(f"sqlite:///{path}"))()
    demo.fill(session, TODAY)
    return session


@pytest.fixture(scope="module")
def session(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Session]:
    session = filled(sqlite_template, tmp_path_factory.mktemp("demo") / "demo.db")
    yield session
    session.close()


def test_about_sixty_patients_over_two_clinics(session: Session) -> None:
    assert session.scalar(sa.select(sa.func.count(Clinic.id))) == 2
    assert 55 <= (session.scalar(sa.select(sa.func.count(Patient.id))) or 0) <= 75


@pytest.mark.parametrize("bucket", list(Bucket))
def test_every_bucket_has_somebody_in_each_clinic(session: Session, bucket: Bucket) -> None:
    for clinic in session.scalars(sa.select(Clinic)):
        assert board_counts(session, clinic, now=NOW).buckets[bucket].n > 0


@pytest.mark.parametrize("hour", [0, 9, 23])
def test_late_in_the_figures_is_late_on_the_board(session: Session, hour: int) -> None:
    now = NOW.replace(hour=hour, minute=59)
    for clinic in session.scalars(sa.select(Clinic)).all():
        late = late_now(session, clinic, limit=99, now=now)
        assert (
            late.count
            == len(late.rows)
            == board_counts(session, clinic, now=now).buckets[Bucket.LATE].n
        )
        assert late.longest_since == min(one.danger_at for one in late.rows if one.danger_at)


def test_the_dangers_and_the_drugs_are_of_every_kind(session: Session) -> None:
    open_ = sa.select(Watch.kind).where(Watch.closed_at.is_(None))
    kinds = set(session.scalars(open_))
    assert kinds >= {
        WatchKind.REFILL,
        WatchKind.BATTERY,
        WatchKind.NO_DATA,
        WatchKind.MISMATCH,
        WatchKind.STOPPED,
        WatchKind.DISCREPANCY,
    }
    assert set(session.scalars(sa.select(Watch.risk_class))) == set(RiskClass)
    mixtures = sa.select(sa.func.max(RefillDrug.ordinal))
    assert session.scalar(mixtures) == 2
    models = sa.select(sa.func.count(sa.distinct(PumpModel.id))).join_from(
        PumpModel, Watch, Watch.pump.has(model_id=PumpModel.id)
    )
    assert (session.scalar(models) or 0) >= 5


def test_somebody_has_a_watch_in_hand_is_away_is_on_duty_and_has_answered(
    session: Session,
) -> None:
    assert set(session.scalars(sa.select(SilenceRow.kind))) == set(SilenceKind)
    assert session.scalar(sa.select(sa.func.count(Absence.id))) == 1
    assert session.scalar(sa.select(sa.func.count(Duty.id))) == 2
    answers = session.scalars(sa.select(Reply).order_by(Reply.id)).all()
    assert [one.kind for one in answers] == [ReplyKind.CONFIRM, ReplyKind.OTHER]
    assert [one.watch_id is not None for one in answers] == [False, True]  # one to be read


DRAMA = re.compile(r"\+447700900\d{3}|\+442079460\d{3}|\+131255501\d\d")


def test_every_telephone_number_is_one_set_aside_for_drama(session: Session) -> None:
    texted = sa.select(Contact.address).where(Contact.channel == Channel.SMS)
    numbers = [*session.scalars(texted), *session.scalars(sa.select(Staff.phone))]

    assert [one for one in numbers if not DRAMA.fullmatch(one or "")] == []
    assert len(set(numbers)) == len(numbers)
    assert {one.relation for one in session.scalars(sa.select(Contact))} >= {
        Relation.PATIENT,
        Relation.CARER,
        Relation.FACILITY,
    }


def test_visits_are_booked_confirmed_signed_for_and_missed(session: Session) -> None:
    found = session.scalars(sa.select(Appointment)).all()
    booked = [one for one in found if one.state is VisitState.BOOKED]

    assert {one.state for one in found} == {VisitState.BOOKED, VisitState.MISSED}
    assert {bool(one.confirmed_at) for one in booked} == {True, False}
    assert [bool(one.signed_by_id) for one in booked].count(True) == 1


def test_the_same_day_gives_the_same_demonstration(
    session: Session, sqlite_template: Path, tmp_path: Path
) -> None:
    again = filled(sqlite_template, tmp_path / "again.db")

    assert dump_of(again) == dump_of(session)
    again.close()


def test_rebuilding_every_watch_changes_nothing(session: Session) -> None:
    begin = datetime(2026, 11, 22, tzinfo=UTC)
    before = dump_of(session)

    done = reproject_all(session, now=begin)

    assert done.pumps > 50
    assert done.changed == 0
    after = dump_of(session)
    session.rollback()
    for table, rows in before.items():
        assert after[table] == rows, table


def test_a_filled_database_is_not_empty(session: Session) -> None:
    assert not demo.is_empty(session)
