"""Every page, method and role, in one's own clinic and in another: as the table says.

Generated from the application's own addresses, so that a page without a right fails here. What
the pages do with a row is their own tests' business; here it is whether they let in. On one
database only: nothing of this is asked of it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from tests.builders import a_contact, a_message, a_staff_member, an_order
from tests.recalled import one_noticed
from tests.riverside import Riverside, pump_of, refilled, riverside
from tests.web.conftest import NOW
from tracker.domain.events import EventKind
from tracker.domain.medicines import MedicineKind
from tracker.domain.message import Channel
from tracker.domain.reply import ReplyKind
from tracker.domain.visit import VisitState
from tracker.models import (
    Absence,
    ApiToken,
    Appointment,
    Away,
    Clinic,
    Closure,
    DeviceAlarm,
    Duty,
    EmergencyAccess,
    Ending,
    Event,
    Heartbeat,
    How,
    Membership,
    MorningList,
    OralMedicine,
    Policy,
    PumpEnd,
    Reply,
    Restoration,
    Role,
    SavedView,
    Scope,
    Staff,
    Transfer,
    Watch,
    Webhook,
)
from tracker.services import sessions as sign_ins
from tracker.services.clinics import add_member, open_clinic
from tracker.services.proposals import change
from tracker.services.proposed import RULES, rules_of
from tracker.web.open_pages import OPEN
from tracker.web.rights import LEADERS, RIGHTS, ROLES_OF

ROOT = Path(__file__).parents[2]
CODES = {"model_code": "synchromed_ii_40", "drug_code": "baclofen"}
WORDS = CODES | {
    "kind": "refill",
    "risk": "critical",
    "template": "refill_book",
    "language": "en",
}
# Refused for what was sent, or there is nothing of that number; never for who asks.
WAS_LET_IN = {400, 404, 409, 422}
# An absence: by who is away, or a leader; a token: by whose it is, or an administrator (their
# own tests); here it is somebody else's.
OF_THEIR_OWN = {"cover.back", "tokens.revoke"}
DAY = timedelta(days=1)


@pytest.fixture(params=["sqlite"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    path = tmp_path / "tracker.db"
    path.write_bytes(Path(request.getfixturevalue("sqlite_template")).read_bytes())
    return f"sqlite:///{path}"


def rows_of(
    session: Session, place: Riverside, folder: Path, elsewhere: Clinic
) -> dict[str, int]:
    """A row of everything that an address can name, of the clinic of `place`."""
    clinic, by = place.clinic, place.nadia
    pump = pump_of(session, place)
    refill = refilled(session, pump, place)
    watch = session.scalars(sa.select(Watch).where(Watch.pump_id == pump.id)).all()[0]
    written = {"clinic_id": clinic.id, "staff_id": by.id}
    spell = {"starts_at": NOW, "ends_at": NOW + DAY, "recorded_at": NOW}
    made = {
        "appointment_id": Appointment(
            clinic_id=clinic.id,
            pump_id=pump.id,
            scheduled_at=NOW + DAY,
            state=VisitState.BOOKED,
            booked_at=NOW,
            booked_by_id=by.id,
        ),
        "away_id": Away(
            patient_id=pump.patient_id,
            first_on=NOW.date(),
            last_on=NOW.date(),
            recorded_at=NOW,
            recorded_by_id=by.id,
        ),
        "absence_id": Absence(**written, **spell, recorded_by_id=by.id),
        "duty_id": Duty(**written, **spell, recorded_by_id=by.id),
        "reply_id": Reply(
            clinic_id=clinic.id,
            channel=Channel.SMS,
            from_address="+447700900001",
            body="Which bus?",
            kind=ReplyKind.OTHER,
            provider="gateway",
            provider_ref=clinic.name,
            received_at=NOW,
        ),
        "list_id": MorningList(
            clinic_id=clinic.id,
            watch_id=watch.id,
            for_on=NOW.date(),
            made_at=NOW,
            folder=str(folder),
            digest="0" * 64,
            figures={"listed": 1, "late": 0},
        ),
    }
    made["token_id"] = ApiToken(
        **written, name="screen", scope=Scope.READ_BOARD, token_hash=clinic.name,
        made_at=NOW, ends_at=NOW + DAY,
    )  # fmt: skip
    made |= {
        "closure_id": Closure(clinic_id=clinic.id, closed_on=NOW.date(), name="inventory"),
        "access_id": EmergencyAccess(
            staff_id=by.id,
            from_clinic_id=clinic.id,
            clinic_id=elsewhere.id,
            patient_id=pump.patient_id,
            reason="found unconscious",
            opened_at=NOW,
            ends_at=NOW + DAY,
        ),
        "ending_id": Ending(
            pump_id=pump.id,
            kind=PumpEnd.DIED,
            note="letter",
            recorded_at=NOW,
            recorded_by_id=by.id,
        ),
        "event_id": Event(
            pump_id=pump.id,
            kind=EventKind.FEVER,
            started_at=NOW - DAY,
            recorded_at=NOW,
            recorded_by_id=by.id,
        ),
        "medicine_id": OralMedicine(
            patient_id=pump.patient_id,
            kind=MedicineKind.BACLOFEN,
            name="Baclofen",
            since_on=NOW.date(),
            recorded_at=NOW,
            recorded_by_id=by.id,
        ),
        "alarm_id": DeviceAlarm(
            pump_id=pump.id,
            code="empty_reservoir",
            alarmed_at=NOW,
            reported_at=NOW,
            reporter="patient",
            symptoms="no",
            doing="comes in",
            recorded_at=NOW,
            recorded_by_id=by.id,
        ),
        "webhook_id": Webhook(
            clinic_id=clinic.id,
            name="board",
            host="example.org",
            address="https://example.org/hook",
            secret="whsec_AAAA",
            made_at=NOW,
            made_by_id=by.id,
            next_try_at=NOW,
        ),
        "restoration_id": Restoration(
            clinic_id=clinic.id, taken_at=NOW, restored_at=NOW, digest="0" * 64
        ),
        "view_id": SavedView(
            **written, name="mine", query="owner=me", is_shared=True, made_at=NOW
        ),
        "transfer_id": Transfer(
            patient_id=pump.patient_id,
            from_clinic_id=clinic.id,
            to_clinic_id=elsewhere.id,
            reason="has moved",
            proposed_by_id=by.id,
            proposed_at=NOW,
        ),
    }
    session.add_all(made.values())
    session.flush()
    noticed = one_noticed(session, clinic, by=by, now=NOW)
    wanted = replace(rules_of(clinic), buffer_days=3).as_json()
    proposal = change(session, clinic, RULES, wanted, reason="less waste", by=by, now=NOW)
    assert proposal is not None
    of_clinic = {"membership_id": Membership, "policy_id": Policy}
    return {
        "patient_id": pump.patient_id,
        "pump_id": pump.id,
        "watch_id": watch.id,
        "record_id": refill.id,
        "order_id": an_order(session, pump).id,
        "refill_id": refill.id,
        "contact_id": a_contact(session, pump.patient).id,
        "message_id": a_message(session, watch).id,
        "proposal_id": proposal.id,
        "recall_id": noticed.recall_id,
        "recall_pump_id": noticed.id,
        **{name: row.id for name, row in made.items()},
        **{
            name: session.scalars(
                sa.select(table.id).where(table.clinic_id == clinic.id).limit(1)
            ).one()
            for name, table in of_clinic.items()
        },
    }


@dataclass
class Asked:
    """The application, whoever asks it, and what there is in their clinic and in the other."""

    app: Flask
    session: Session
    people: dict[Role, Staff]
    own: dict[str, int]
    others: dict[str, int]

    def answer(self, rule: Rule, method: str, role: Role | None, rows: dict[str, int]) -> int:
        """The status; each time by a session of its own, for some pages end theirs."""
        client = self.app.test_client()
        numbers = {"number": 0}
        if role is not None:
            who = self.people[role]
            self.session.refresh(who)  # a page before may have ended all their sessions
            mine, token = sign_ins.begin(self.session, who, how=How.PASSWORD, now=NOW)
            self.session.commit()
            numbers["number"] = mine.id
            with client.session_transaction() as cookie:
                cookie["_user_id"] = token
        values: dict[str, Any] = {"key": "1", "token": "none", "secret": "none"}
        values["filename"] = "tracker.css"
        values["name"] = "late"  # a figure
        values |= WORDS | rows | numbers
        if rule.endpoint.startswith("morning_lists."):
            values["kind"] = "html"
        path = rule.build({name: values[name] for name in rule.arguments}, append_unknown=False)
        assert path is not None
        with client.open(path[1], method=method) as answer:
            return answer.status_code


@pytest.fixture
def asked(app: Flask, session: Session, tmp_path: Path) -> Asked:
    # the form's token and the browser's name have tests of their own; here they are in the way
    app.config |= {"WTF_CSRF_ENABLED": False, "SESSION_PROTECTION": ""}
    here = riverside(session)
    there = replace(here, clinic=here.neighbour, nadia=here.sam)
    people = {}
    for role in Role:
        people[role] = a_staff_member(session, f"{role} of Riverside")
        add_member(session, here.clinic, people[role], role=role)
    third = open_clinic(
        session, "Hillside", timezone="UTC", phone="1", last_resort=here.sam, now=NOW
    )
    own = rows_of(session, here, tmp_path, here.neighbour)
    others = rows_of(session, there, tmp_path, third)
    (tmp_path / f"emergency-list-{NOW.date().isoformat()}.html").write_text("a list")
    session.add(Heartbeat(ticked_at=NOW, host="test", breaches=[], faults=[]))
    session.commit()
    return Asked(app, session, people, own, others)


def cases(app: Flask) -> Iterator[tuple[Rule, str]]:
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield rule, method


def test_every_page_is_in_the_table_once_and_the_table_names_no_other(app):
    pages = {rule.endpoint for rule in app.url_map.iter_rules()}
    named = [page for right in RIGHTS for page in right.pages]

    assert pages - OPEN == set(named)
    assert len(named) == len(set(named))
    assert set(named) & OPEN == set()


@pytest.mark.timeout(120)  # some two thousand pages; it is begun among the first
def test_each_role_may_open_what_the_table_says_and_nothing_else(asked):
    wrong = []
    for rule, method in cases(asked.app):
        for role in Role:
            if rule.endpoint in OPEN:
                continue
            status = asked.answer(rule, method, role, asked.own)
            is_in = status < 400 or status in WAS_LET_IN
            if rule.endpoint in OF_THEIR_OWN and role not in LEADERS:
                continue
            if status >= 500 or is_in != (role in ROLES_OF[rule.endpoint]):
                wrong.append(f"{method} {rule} as {role}: {status}")

    assert wrong == [], "\n".join(wrong)


def test_what_is_another_clinics_is_not_there_for_any_role(asked):
    wrong = []
    for rule, method in cases(asked.app):
        if not rule.arguments & asked.others.keys():
            continue
        for role in ROLES_OF[rule.endpoint]:
            status = asked.answer(rule, method, role, asked.others)
            if status != 404:
                wrong.append(f"{method} {rule} as {role}: {status}")

    assert wrong == [], "\n".join(wrong)


def test_a_stranger_is_let_in_nowhere_but_where_it_is_open(asked):
    wrong = []
    for rule, method in cases(asked.app):
        status = asked.answer(rule, method, None, asked.own)
        if status >= 500 or (rule.endpoint not in OPEN and status not in {302, 401}):
            wrong.append(f"{method} {rule}: {status}")

    assert wrong == [], "\n".join(wrong)


def test_the_page_that_shows_the_table_shows_all_of_it():
    page = (ROOT / "docs" / "rights.md").read_text(encoding="utf-8")

    assert as_page() in page, "write it anew: python -m tests.web.test_rights"


def as_page() -> str:
    heads = ["may", *Role]
    lines = [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}"]
    for right in RIGHTS:
        marks = ["yes" if role in right.roles else "-" for role in Role]
        lines.append(f"| {' | '.join([right.does, *marks])} |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(as_page())
