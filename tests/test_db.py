"""The database keeps numbers and instants exact, and what is promised is a constraint of it."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError, StatementError

from tests.builders import (
    a_clinic,
    a_message,
    a_patient,
    a_programme,
    a_pump,
    a_refill,
    a_watch,
)
from tracker.db import Scaled, UTCDateTime, make_engine, reading
from tracker.domain.danger import WatchKind
from tracker.models import Clinic, Pump, PumpEnd, Refill, Watch

NOON = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


def test_a_tenth_and_two_tenths_are_three_tenths_in_a_sum(session):
    pump = a_pump(session)
    for text in ("0.1", "0.2"):
        a_refill(session, pump, instilled_volume_ml=Decimal(text))

    total = session.scalar(sa.select(sa.func.sum(Refill.instilled_volume_ml)))

    assert total == Decimal("0.3")


def test_a_number_comes_back_as_it_went_in(session):
    pump = a_pump(session)
    refill = a_refill(session, pump, instilled_volume_ml=Decimal("18.000001"))
    session.expire(refill)

    assert refill.instilled_volume_ml == Decimal("18.000001")
    assert str(pump.reservoir_capacity_ml) == "20"


def test_a_number_finer_than_its_column_is_refused_not_rounded(session):
    pump = a_pump(session)

    with pytest.raises(StatementError, match="more than 6 decimal places"):
        a_refill(session, pump, instilled_volume_ml=Decimal("0.0000001"))


@pytest.mark.parametrize("value", ["0", "100", "0.1", "-3.5", "123456789.123456", "1E+3"])
def test_scaled_there_and_back_changes_nothing(value):
    column = Scaled()
    stored = column.process_bind_param(Decimal(value), None)

    assert isinstance(stored, int)
    assert column.process_result_value(stored, None) == Decimal(value)


def test_an_instant_comes_back_aware_and_in_utc(session):
    pump = a_pump(session)
    filled_at = datetime(2026, 6, 1, 14, 0, tzinfo=timezone(timedelta(hours=2)))
    refill = a_refill(session, pump, filled_at=filled_at)
    session.expire(refill)

    assert refill.filled_at == NOON
    assert refill.filled_at.utcoffset() == timedelta(0)


def test_a_datetime_without_zone_is_refused(session):
    pump = a_pump(session)

    with pytest.raises(StatementError, match="without zone"):
        a_refill(session, pump, filled_at=datetime(2026, 6, 1))  # noqa: DTZ001


def test_nothing_stays_nothing():
    assert UTCDateTime().process_bind_param(None, None) is None
    assert Scaled().process_result_value(None, None) is None


def test_sqlite_has_its_journal_its_keys_and_its_patience(tmp_path):
    engine = make_engine(f"sqlite:///{tmp_path / 'one.db'}")
    with engine.connect() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "foreign_keys", "busy_timeout", "synchronous")
        }
    engine.dispose()

    assert found == {
        "journal_mode": "wal",
        "foreign_keys": 1,
        "busy_timeout": 5000,
        "synchronous": 1,
    }


def test_a_reader_does_not_wait_for_a_writer(sessions):
    with sessions() as writer:
        a_clinic(writer, "Being written")
        with reading(sessions) as reader:
            assert reader.scalar(sa.select(sa.func.count(Pump.id))) == 0


def test_a_reader_keeps_nothing_of_what_it_changed(sessions, session):
    a_clinic(session, "Hill")
    session.commit()

    with reading(sessions) as reader:
        reader.scalars(sa.select(Clinic)).one().name = "Valley"
        assert reader.scalar(sa.select(Clinic.name)) == "Hill"

    assert session.scalar(sa.select(Clinic.name)) == "Hill"


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_reader_leaves_what_is_prepared(sessions):
    asked = sa.select(sa.func.count()).select_from(sa.text("pg_prepared_statements"))

    for _ in range(8):  # the driver prepares what it is asked often
        with reading(sessions) as reader:
            prepared = reader.scalar(asked)

    assert prepared == 1


class TestPromiseCovered:
    """An active pump without its open watches can't be committed, whatever the code does."""

    def test_promise_covered_is_a_constraint_of_the_database(self, session):
        a_pump(session, watched=[])

        with pytest.raises(IntegrityError):
            session.commit()

    def test_promise_covered_asks_for_a_battery_watch_where_there_is_a_battery(self, session):
        a_pump(session, watched=[WatchKind.REFILL], has_battery=True)

        with pytest.raises(IntegrityError):
            session.commit()

    def test_promise_covered_asks_for_no_battery_watch_where_there_is_none(self, session):
        pump = a_pump(session, watched=[WatchKind.REFILL], has_battery=False)
        session.commit()

        assert pump.refill_watch_key == f"{pump.id}:refill"
        assert pump.battery_watch_key is None

    def test_promise_covered_closing_without_a_successor_is_refused(self, session):
        pump = a_pump(session)
        session.commit()
        close(refill_watch(session, pump))

        with pytest.raises(IntegrityError):
            session.commit()

    def test_promise_covered_the_next_watch_may_take_the_old_one_s_place(self, session):
        pump = a_pump(session)
        session.commit()
        close(refill_watch(session, pump))
        session.flush()
        a_watch(session, pump)
        session.commit()

        assert refill_watch(session, pump).closed_at is None

    def test_promise_covered_an_open_watch_needs_a_next_action_and_an_owner(self, session):
        pump = a_pump(session)

        with pytest.raises(IntegrityError, match="an_open_watch_is_covered"):
            a_watch(session, pump, kind=WatchKind.NO_DATA, next_action_at=None)

    def test_promise_covered_a_pump_that_ended_with_evidence_needs_no_watch(self, session):
        pump = a_pump(session)
        session.commit()
        pump.ended_at, pump.end_kind, pump.end_note = NOON, PumpEnd.EXPLANTED, "letter"
        for watch in session.scalars(sa.select(Watch)):
            close(watch)
        session.commit()

        assert pump.ended_at == NOON

    def test_promise_evidence_only_a_pump_can_t_end_without_it(self, session):
        pump = a_pump(session)
        pump.ended_at = NOON

        with pytest.raises(IntegrityError, match="an_end_has_evidence"):
            session.flush()

    def test_promise_evidence_only_closes_a_watch(self, session):
        pump = a_pump(session)
        watch = refill_watch(session, pump)
        watch.closed_at, watch.open_key = NOON, None

        with pytest.raises(IntegrityError, match="only_evidence_closes"):
            session.flush()

    def test_two_open_watches_on_one_danger_are_refused(self, session):
        pump = a_pump(session)

        with pytest.raises(IntegrityError):
            a_watch(session, pump)


REFUSED = [
    ("pump", "low_reservoir_alarm_ml = reservoir_capacity_ml", "alarm_is_below_capacity"),
    ("pump", "dead_volume_ml = -1", "dead_volume_ml_not_negative"),
    ("pump", "end_kind = 'died'", "an_end_has_evidence"),
    ("pump", "ended_at = recorded_at, end_kind = 'died', end_note = ''", "an_end_has_evidence"),
    ("drug", "risk_class = 'none'", "risk_class_is_known"),
    ("refill", "actual_residual_volume_ml = -1", "actual_residual_volume_ml_not_negative"),
    ("refill", "is_void = true", "a_void_names_its_row"),
    ("refill", "replaces_id = id", "replaces_another"),
    ("programme", "dose_mcg_per_day = -1", "dose_mcg_per_day_not_negative"),
    ("programme", "flow_ml_per_day = -1", "flow_ml_per_day_not_negative"),
    ("programme", "mode = 'fast'", "mode_is_known"),
    ("message", "state = 'claimed', lease_until = NULL", "a_claim_has_a_lease"),
    ("message", "state = 'sent', sent_at = NULL", "what_is_sent_says_when"),
    ("message", "state = 'lost'", "message_state_is_known"),
    ("clinic", "open_weekdays = ''", "is_open_on_some_weekday"),
    ("watch", "cursor = -1", "cursor_not_negative"),
    ("watch", "round = -1", "round_not_negative"),
    ("watch", "kind = 'other'", "watch_kind_is_known"),
    ("policy", "steps = '[]'", "has_steps"),
]


def test_what_cannot_be_true_is_refused_by_the_database_itself(session):
    pump = a_pump(session)
    a_refill(session, pump)
    a_programme(session, pump)
    a_message(session, refill_watch(session, pump))
    session.commit()

    for table, change, name in REFUSED:
        with pytest.raises(IntegrityError, match=f"ck_{table}_{name}"):
            session.execute(sa.text(f"UPDATE {table} SET {change}"))
        session.rollback()


def test_a_row_that_points_nowhere_is_refused(session):
    patient = a_patient(session, a_clinic(session))
    patient.clinic_id = 999

    with pytest.raises(IntegrityError):
        session.commit()


def refill_watch(session, pump):
    return session.scalar(sa.select(Watch).where(Watch.open_key == f"{pump.id}:refill"))


def close(watch):
    watch.closed_at, watch.open_key, watch.evidence_kind = NOON, None, "refill"
