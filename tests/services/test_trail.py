"""The trail of changes: none is missing, none is there that didn't happen, nobody forks it."""

import ast
import json
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from multiprocessing import get_context
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError

from tests.riverside import patient_of, pump_of, refilled, riverside
from tests.test_house import TRACKER
from tests.trails import AT, entries, kept_sessions
from tracker.db import Base, make_engine
from tracker.domain.trail import Head
from tracker.models import Appointment, Clinic, Patient, Pump, Staff
from tracker.services import trail_rules
from tracker.services.appointments import book, cancel
from tracker.services.trail import head
from tracker.services.trail_checks import verify

DAY = timedelta(days=1)


@pytest.fixture
def kept(engine):
    return kept_sessions(engine)


@pytest.fixture
def here(kept):
    """Riverside with one pump that was filled, written down from the first row on."""
    with kept() as session:
        place = riverside(session)
        pump = pump_of(session, place)
        refilled(session, pump, place)
        session.commit()
    return SimpleNamespace(
        clinic=place.clinic, nadia=place.nadia, pump_id=pump.id, patient_id=pump.patient_id
    )


def test_a_refill_is_told_with_whose_it_is_and_exactly(kept, here):
    (one,) = entries(kept, what="refill")

    assert (one.act, one.actor, one.address, one.at) == (
        "added",
        "Nadia Nurse",
        "192.0.2.7",
        AT,
    )
    assert (one.clinic_id, one.patient_id, one.pump_id) == (
        here.clinic.id,
        here.patient_id,
        here.pump_id,
    )
    said = json.loads(one.after)
    assert Decimal(said["instilled_volume_ml"]) == 40
    assert isinstance(said["instilled_volume_ml"], str)
    assert said["filled_at"] == "2026-03-02T09:30:00+00:00"
    drugs = entries(kept, what="refill_drug")
    assert {(drug.patient_id, drug.pump_id) for drug in drugs} == {
        (one.patient_id, one.pump_id)
    }


def test_a_change_says_before_and_after_of_what_changed_alone(kept, here):
    with kept.begin() as session:
        patient = session.get_one(Patient, here.patient_id)
        patient.birth_on, patient.note = date(1971, 3, 14), patient.note

    one = entries(kept)[-1]
    assert (one.act, one.what, one.row_id) == ("changed", "patient", here.patient_id)
    assert json.loads(one.before) == {"birth_on": "1970-03-14"}
    assert json.loads(one.after) == {"birth_on": "1971-03-14"}


def test_what_was_never_read_is_told_as_it_was(kept, here):
    with kept.begin() as session:
        patient = session.get_one(Patient, here.patient_id)
        session.expire(patient, ["given_name"])
        patient.given_name = "Ada"

    assert json.loads(entries(kept)[-1].before) == {"given_name": "Ida"}


def test_what_is_rolled_back_leaves_no_trail_not_even_by_a_savepoint(kept, here):
    count = len(entries(kept))
    with kept() as session:
        session.get_one(Patient, here.patient_id).note = "not to be"
        session.flush()
        session.rollback()
        session.get_one(Patient, here.patient_id).note = "to be"
        point = session.begin_nested()
        session.get_one(Clinic, here.clinic.id).phone = "1"
        session.flush()
        point.rollback()
        with session.begin_nested():
            session.get_one(Clinic, here.clinic.id).phone = "2"
        session.commit()

    told = [json.loads(one.after) for one in entries(kept)[count:]]
    assert told == [{"note": "to be"}, {"phone": "2"}]


def test_a_statement_that_passes_by_the_objects_is_told_too(kept, here):
    with kept.begin() as session:
        pump, nadia = session.get_one(Pump, here.pump_id), session.get_one(Staff, here.nadia.id)
        now = datetime(2026, 3, 3, 9, tzinfo=UTC)
        visit = book(session, pump, scheduled_at=now + 7 * DAY, by=nadia, now=now)
    with kept.begin() as session:
        visit = session.get_one(Appointment, visit.id)
        cancel(session, visit, reason="ill", by=session.get_one(Staff, here.nadia.id), now=now)

    one = entries(kept, what="appointment", act="changed")[-1]
    assert (one.patient_id, one.pump_id) == (here.patient_id, here.pump_id)
    assert json.loads(one.before)["state"] == "booked"
    assert json.loads(one.after)["ended_reason"] == "ill"


def test_a_secret_is_told_only_as_something_that_was_set(kept, here):
    with kept.begin() as session:
        staff = session.get_one(Staff, here.nadia.id)
        staff.password_hash, staff.session_token = "$argon2id$rather", "deadbeef"

    one = entries(kept)[-1]
    assert set(json.loads(one.after)) == {"password_hash", "session_token"}
    assert set(json.loads(one.after).values()) == {"(not written down)"}
    everything = " ".join(f"{one.before}{one.after}" for one in entries(kept))
    assert "argon2" not in everything
    assert "deadbeef" not in everything


def test_every_table_leaves_a_trail_or_says_why_not():
    tables = set(Base.metadata.tables)

    assert trail_rules.KEPT | set(trail_rules.LEFT_OUT) == tables
    assert not trail_rules.KEPT & set(trail_rules.LEFT_OUT)


def test_no_bulk_of_rows_passes_by_the_trail():
    """What goes over the connection alone isn't seen, so it may touch what leaves none."""
    tables = {one.class_.__name__: one.local_table.name for one in Base.registry.mappers}
    unseen = trail_rules.LEFT_OUT.keys() | {"watch"}  # of which only an owner's change is told
    writers = {"insert_all", "insert_many", "insert_new", "insert_one", "update_all"}
    wrong = []
    for path in (TRACKER / "services").rglob("*.py"):
        if path.name in ("rows.py", "trail.py"):
            continue
        text = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(text)):
            if not isinstance(node, ast.Call):
                continue
            called = ast.unparse(node.func)
            if called in writers:
                table = tables[ast.unparse(node.args[1])]
                is_told = "tell_added(session, " + ast.unparse(node.args[1]) in text
                wrong += [] if table in unseen or is_told else [f"{path.name}: {table}"]
            elif called in ("sa.insert", "session.bulk_save_objects", "session.connection"):
                wrong.append(f"{path.name}: {called}")
    allowed = {"trail_changes.py", "trail_checks.py"}
    # messages and attempts alone, or nothing but questions
    allowed |= {
        "afresh.py",
        "claims.py",
        "deliveries.py",
        "receipts.py",
        "ceilings.py",
        "gathering.py",
    }
    allowed |= {"asking.py"}
    assert [one for one in wrong if one.split(":")[0] not in allowed] == []


def test_what_is_asked_past_the_mapper_writes_nothing():
    """`asking.rows_from` is for questions: what it wrote would pass by the trail."""
    writes = ("sa.update", "sa.delete", "sa.insert")
    for path in (TRACKER / "services").rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        kept = {
            ast.unparse(one.targets[0])
            for one in tree.body
            if isinstance(one, ast.Assign) and any(w in ast.unparse(one.value) for w in writes)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and "rows_from(" in ast.unparse(node.func):
                asked = ast.unparse(node.args[0]) if node.args else ""
                assert asked not in kept, f"{path.name}: {asked}"
                assert not any(one in asked for one in writes), f"{path.name}: {asked}"


@pytest.mark.both_databases
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE trail_entry SET actor = 'Nobody'",
        "DELETE FROM trail_entry WHERE id = 1",
        "DELETE FROM trail_patient",
        "REPLACE INTO trail_entry SELECT * FROM trail_entry WHERE id = 1",
        "TRUNCATE trail_entry",
    ],
)
def test_hazard_h30_the_database_refuses_to_change_what_stands(kept, here, engine, statement):
    if statement.split()[0] == {"sqlite": "TRUNCATE", "postgresql": "REPLACE"}[engine.name]:
        return  # not a word of this database
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO trail_patient (patient_id, entry_id) VALUES (1, 1)"
        )

    with pytest.raises(DBAPIError, match="only be added to"), engine.begin() as connection:
        connection.exec_driver_sql(statement)


_together: list[Any] = []  # where the processes wait until all of them are there


def _meet_at(barrier: Any) -> None:
    _together.append(barrier)


def _write_many(url: str, number: int) -> None:
    """One process: changes of a patient of its own, a transaction each, one in three undone."""
    engine = make_engine(url)
    sessions = kept_sessions(engine)
    with sessions() as session:
        session.get_one(Patient, number)
    _together[0].wait(timeout=60)
    for turn in range(12):
        with sessions() as session:
            patient = session.get_one(Patient, number)
            patient.note = f"{number}.{turn}"
            session.flush()
            session.rollback() if turn % 3 == 0 else session.commit()
    engine.dispose()


def test_four_processes_at_once_make_one_chain_without_gap_or_fork(
    kept, here, database_url, engine
):
    """Each writes to a row that no other does, so that only the trail makes them wait."""
    with kept.begin() as session:
        place = SimpleNamespace(clinic=here.clinic, nadia=here.nadia)
        numbers = [patient_of(session, place).id for _ in range(4)]
    count = len(entries(kept))
    engine.dispose()
    context = get_context("forkserver")  # which reads the modules once for the four
    context.set_forkserver_preload([__name__])
    with ProcessPoolExecutor(
        4, mp_context=context, initializer=_meet_at, initargs=(context.Barrier(4),)
    ) as pool:
        list(pool.map(_write_many, [database_url] * 4, numbers))

    with kept() as session:
        whole = verify(session)
        assert isinstance(whole, Head)
        assert whole.number == count + 4 * 8
        assert whole == head(session)
