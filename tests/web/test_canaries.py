"""A patient's name, numbers and addresses are planted; whatever fails, no log holds them."""

import pytest
import sqlalchemy as sa
from flask import g
from sqlalchemy.orm import Session

from tests.outlets import Listed, into, over_smtp
from tests.riverside import DAY
from tests.smtp_sink import smtp_sink
from tests.web.conftest import NOW, post
from tests.web.test_headers import every_route
from tracker.domain.message import Channel
from tracker.domain.outgoing import DeliveryFailed, Refusal
from tracker.jobs.rounds import once
from tracker.jobs.ticker import tick
from tracker.models import Attempt, Heartbeat, Message, Patient, Relation
from tracker.services.patients import NewContact, add_contact

NAME, GIVEN, MRN = "Zebedee", "Quirinius", "MRN-77231"
MAIL, PHONE = "zeb@home.example", "+441632960177"
CANARIES = (NAME, GIVEN, MRN, MAIL, PHONE, "Wilhelmina", "1632960177")


@pytest.fixture
def planted(here, session):
    patient = here.patient
    patient.family_name, patient.given_name, patient.mrn = NAME, GIVEN, MRN
    patient.note = f"{NAME} hears badly"
    session.add(patient)
    for channel, at in ((Channel.EMAIL, MAIL), (Channel.SMS, PHONE)):
        new = NewContact(Relation.PATIENT, "Wilhelmina", channel, at, "by telephone")
        add_contact(session, patient, new, by=here.nadia, now=NOW)
    session.commit()
    return here


def canaries_in(text: str) -> list[str]:
    return [one for one in CANARIES if one in text]


def a_row_twice() -> None:
    patient = g.session.scalar(sa.select(Patient).where(Patient.mrn == MRN))
    facts = {c.name: getattr(patient, c.name) for c in Patient.__table__.columns}
    g.session.execute(sa.insert(Patient), {**facts, "id": 999})


def a_name_as_a_key() -> None:
    patient = g.session.scalar(sa.select(Patient).where(Patient.mrn == MRN))
    raise KeyError(patient.family_name, patient.contacts[0].address)


def a_page_that_can_t_be_shown() -> None:
    int(f"{NAME} {MAIL}")


def test_no_page_logs_a_patient_whatever_fails(app, as_nadia, planted, log):
    app.testing = False
    for _endpoint, method, path in every_route(app):
        if method in {"GET", "POST"} and path != "/sign-out":
            as_nadia.open(path, method=method, buffered=True)
    post(as_nadia, "/patients/new", mrn=MRN, family_name=NAME, given_name=GIVEN)
    for fault in (a_row_twice, a_name_as_a_key, a_page_that_can_t_be_shown):
        app.view_functions["board.rows"] = fault
        app.view_functions["board.find"] = fault
        for answer in (as_nadia.get("/board/rows"), post(as_nadia, "/board/find", q=NAME)):
            assert answer.status_code == 500
            assert canaries_in(answer.text) == []

    said = log.getvalue()
    assert said.count("ERROR tracker: Exception on /board") == 6
    assert "a_row_twice" in said
    assert canaries_in(said) == []


FAILURES = (
    ValueError(f"{MAIL} is broken"),
    KeyError(NAME),
    DeliveryFailed(f"{MAIL} is busy", refusal=Refusal.FOR_NOW),
)


def test_no_job_logs_a_patient_whatever_fails(planted, session: Session, sessions, engine, log):
    wrong: dict[str, Exception] = {"UPDATE attempt": ValueError(MAIL)}

    def fail(_connection, _cursor, statement, *_rest):
        for beginning, failure in wrong.items():
            if statement.startswith(beginning) or f"({beginning}" in statement:  # or within it
                raise failure

    sa.event.listen(engine, "before_cursor_execute", fail)
    days = iter(NOW + number * DAY for number in range(60, 200, 2))
    at = next(days)
    once(sessions, into(Listed()), clock=lambda: at)  # sent, and can't be written down
    wrong = {"UPDATE watch": KeyError(NAME)}
    report = tick(sessions, now=next(days), host="h")
    wrong = {"INSERT INTO heartbeat": ValueError(NAME), "SELECT message": KeyError(MAIL)}
    at = next(days)
    once(sessions, into(Listed()), clock=lambda: at)
    sa.event.remove(engine, "before_cursor_execute", fail)
    for failure in FAILURES:
        at = next(days)
        once(sessions, into(Listed(fails=failure)), clock=lambda at=at: at)
    with smtp_sink() as server:
        server.rcpt_answers["*"] = f"550 5.1.1 <{MAIL}> {NAME} unknown"
        at = next(days)
        once(sessions, over_smtp(server.port), clock=lambda: at)

    said = log.getvalue()
    beats = session.scalars(sa.select(Heartbeat.faults)).all()
    assert session.scalar(sa.select(sa.func.count(Message.id))) > 3
    assert session.scalar(sa.select(sa.func.count(Attempt.id))) > 3
    assert report.faults
    assert "ERROR tracker.timer: tick: heartbeat: " in said
    assert "ERROR tracker.timer: deliver: message " in said
    assert "ERROR tracker.timer: Delivery failed" in said
    assert canaries_in(said) == []
    assert canaries_in(str((report.faults, beats))) == []
