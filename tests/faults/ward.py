"""A ward full of due watches, and processes let loose on it."""

from collections import Counter
from datetime import datetime, timedelta
from multiprocessing import get_context
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.cast import LONG_AGO, a_contact, a_patient, a_ward, a_watched_pump
from tests.faults.child import work
from tests.http_sink import Sink as HttpSink
from tests.smtp_sink import Sink
from tracker.domain.message import Channel
from tracker.models import (
    Consent,
    Contact,
    Membership,
    Patient,
    Pump,
    Role,
    Staff,
    Watch,
)

ROOT = Path(__file__).parents[2]
DAY = timedelta(days=1)


# Each child is a process of its own, forked from one that has read the program and opened
# nothing: a new interpreter for each took more time than what it was started for.
READ = get_context("forkserver")
READ.set_forkserver_preload(["tests.faults.child"])


def start(
    url: str,
    sink: Sink | HttpSink,
    what: str,
    *,
    kill_at: str = "nowhere",
    count: int = 1,
    host: str = "child",
    now: datetime,
) -> ForkServerProcess:
    """A child at work; `killed` waits for it."""
    told = (url, sink.port, now, host, what, kill_at, count)
    child = READ.Process(target=work, args=told, daemon=True)
    child.start()
    return child


def killed(child: ForkServerProcess) -> bool:
    """True if the child ended by SIGKILL, as it was told to; a failure it tells itself."""
    child.join(timeout=50)
    assert child.exitcode in (0, -9)
    return child.exitcode == -9


def asking_patients(
    session: Session, count: int, channel: Channel = Channel.EMAIL, *, now: datetime
) -> None:
    """So many pumps whose patients are to be asked to book: one message each."""
    ward = a_ward(session)
    is_email = channel is Channel.EMAIL
    for number in range(count):
        patient = a_patient(session, ward)
        # the numbers are of those that Ofcom keeps for stories
        to = f"patient{number}@home.example" if is_email else f"+4477009{number:05}"
        a_contact(session, patient, address=to, channel=channel)
        a_watched_pump(session, ward, patient=patient, danger_at=now + 21 * DAY)
    session.commit()


def asking_very_many(session: Session, count: int, *, now: datetime) -> None:
    """`asking_patients` for thousands: the rows of the first, copied."""
    asking_patients(session, 1, now=now)
    first = {
        one: dict(session.execute(sa.select(*_stored(one))).mappings().one()) for one in COPIED
    }
    for table, row in first.items():
        copies = [
            row | _of_copy(table, number)
            for number in range(FIRST_COPY, FIRST_COPY + count - 1)
        ]
        session.execute(sa.insert(table), copies)
    session.execute(sa.text("ANALYZE"))  # as the server does by itself within a minute
    session.commit()


COPIED = [one.__table__ for one in (Patient, Contact, Consent, Pump, Watch)]
FIRST_COPY = 1_000_000  # beyond any number that the database itself gives


def _stored(table: sa.FromClause) -> list[sa.ColumnElement[Any]]:
    return [one for one in table.columns if one.computed is None]


def _of_copy(table: sa.FromClause, number: int) -> dict[str, Any]:
    """What is a copy's own; the rest it has from the first."""
    own = {
        "id": number,
        "patient_id": number,
        "contact_id": number,
        "pump_id": number,
        "mrn": f"C{number}",
        "serial": f"C{number}",
        "open_key": f"{number}:refill",
        "address": f"patient{number}@home.example",
    }
    return {name: value for name, value in own.items() if name in table.columns}


def asking_staff(session: Session, count: int, *, now: datetime) -> None:
    """So many pumps whose refill is to be booked by their owner: one message each.

    Each has an owner of its own, for what one person is to read comes as one digest.
    """
    ward = a_ward(session)
    for number in range(count):
        owner = Staff(
            email=f"owner{number}@hill.example",
            name=f"Owner {number}",
            session_token=f"owner{number}",
            created_at=LONG_AGO,
        )
        session.add(owner)
        session.flush()
        session.add(
            Membership(clinic_id=ward.clinic.id, staff_id=owner.id, role=Role.COORDINATOR)
        )
        watch = a_watched_pump(
            session, ward, danger_at=now + 21 * DAY - timedelta(hours=1), risk_class="high"
        )
        watch.owner_id = watch.pump.owner_id = owner.id
    session.commit()


def doubled(sink: Sink) -> list[str]:
    """What was taken more than once, by Message-ID."""
    return [
        one for one, times in Counter(m.message_id for m in sink.mails).items() if times > 1
    ]
