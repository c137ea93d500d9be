"""What a page shows of whom is written down, whichever page; and who came in or was refused."""

import json
import re
from dataclasses import replace

import pytest
import sqlalchemy as sa

from tests.builders import an_order
from tests.hooks import an_agreed_webhook
from tests.recalled import one_noticed
from tests.riverside import DAY, pump_of, refilled
from tests.web.conftest import NOW, PASSWORD, post, sign_in
from tracker.domain.alarm import HEARD, Reporter, Tone
from tracker.domain.events import EventKind
from tracker.domain.trail import Act
from tracker.models import (
    Contact,
    Membership,
    Message,
    Patient,
    Policy,
    PumpEnd,
    Reply,
    Restoration,
    Role,
    Scope,
    TrailEntry,
    TrailPatient,
    Watch,
)
from tracker.services.accesses import open_record
from tracker.services.alarms import AlarmFacts, record_alarm
from tracker.services.endings import endings_of
from tracker.services.events import EventFacts, record_event
from tracker.services.medicines import record_none
from tracker.services.proposals import change
from tracker.services.proposed import RULES, rules_of
from tracker.services.pumps import end_pump
from tracker.services.tokens import make_token
from tracker.services.trail_checks import verify
from tracker.services.transfers import propose
from tracker.web.seen import Views


@pytest.fixture
def trail(session):
    """The entries, oldest first; the reader lets go at once."""

    def read(**which):
        asked = sa.select(TrailEntry).filter_by(**which).order_by(TrailEntry.id)
        found = list(session.scalars(asked))
        session.commit()
        return found

    return read


@pytest.fixture
def full(session, here):
    """A clinic with two patients and something on every page; Nadia may open all of them."""
    session.execute(
        sa.update(Membership)
        .where(Membership.staff_id == here.nadia.id)
        .values(role=Role.ADMINISTRATOR)
    )
    other = pump_of(session, here.place)
    refilled(session, other, here.place)
    watch = session.scalars(
        sa.select(Watch).where(Watch.open_key == f"{here.pump.id}:refill")
    ).one()
    contact = Contact(
        patient_id=here.patient.id,
        relation="carer",
        name="Carer",
        channel="sms",
        address="+441632960001",
        recorded_at=NOW,
        recorded_by_id=here.nadia.id,
    )
    session.add(contact)
    session.flush()
    next_door = replace(here.place, clinic=here.place.neighbour, nadia=here.sam)
    access = open_record(
        session, here.clinic, pump_of(session, next_door).patient,
        reason="in our emergency room", by=here.nadia, now=NOW,
    )  # fmt: skip
    offered = propose(
        session, pump_of(session, next_door).patient, here.clinic,
        reason="moved house", by=here.sam, now=NOW,
    )  # fmt: skip
    noticed = one_noticed(session, here.clinic, by=here.nadia, now=NOW)
    wanted = replace(rules_of(here.clinic), buffer_days=3).as_json()
    proposal = change(session, here.clinic, RULES, wanted, reason="w", by=here.nadia, now=NOW)
    message = Message(
        key="one",
        clinic_id=here.clinic.id,
        watch_id=watch.id,
        step=1,
        round=1,
        level="warn",
        template="refill_late",
        staff_id=here.nadia.id,
        channel="email",
        state="planned",
        due_at=NOW,
        planned_at=NOW,
    )
    reply = Reply(
        clinic_id=here.clinic.id,
        channel="sms",
        from_address="+441632960001",
        body="Who is this?",
        kind="other",
        provider="gateway",
        provider_ref="1",
        received_at=NOW,
        contact_id=contact.id,
        patient_id=here.patient.id,
        watch_id=watch.id,
    )
    facts = {"by": here.nadia, "now": NOW}
    fill = EventFacts(kind=EventKind.POCKET_FILL, started_at=NOW)
    event = record_event(session, here.pump, fill, **facts)
    asked = record_none(session, here.patient, asked_on=NOW.date(), **facts)
    session.add_all([message, reply])
    heard = AlarmFacts(
        code=HEARD[Tone.NOT_SURE], tone=Tone.NOT_SURE, alarmed_at=NOW, reported_at=NOW,
        reporter=Reporter.PATIENT, doing="comes in",
    )  # fmt: skip
    beep = record_alarm(session, here.pump, heard, by=here.nadia, now=NOW)
    webhook = an_agreed_webhook(
        session, here.clinic, name="board", address="https://example.org/", by=here.nadia,
        now=NOW,
    )  # fmt: skip
    gone = pump_of(session, here.place, patient=here.patient)
    ended = {"kind": PumpEnd.DIED, "ended_on": NOW.date(), "note": "letter"}
    end_pump(session, gone, **ended, second=here.ito, **facts)
    restored = Restoration(
        clinic_id=here.clinic.id, taken_at=NOW, restored_at=NOW, digest="0" * 64
    )
    session.add(restored)
    session.commit()
    numbers = {
        "patient_id": here.patient.id,
        "pump_id": here.pump.id,
        "record_id": here.refill.id,
        "refill_id": here.refill.id,
        "watch_id": watch.id,
        "contact_id": contact.id,
        "message_id": message.id,
        "reply_id": reply.id,
        "policy_id": session.scalar(
            sa.select(Policy.id).where(Policy.clinic_id == here.clinic.id)
        ),
        "access_id": access.id,
        "proposal_id": proposal.id,
        "transfer_id": offered.id,
        "restoration_id": restored.id,
        "ending_id": endings_of(session, gone.id)[0].id,
        "event_id": event.id,
        "medicine_id": asked.id,
        "recall_id": noticed.recall_id,
        "recall_pump_id": noticed.id,
        "order_id": an_order(session, here.pump).id,
        "alarm_id": beep.id,
        "webhook_id": webhook.id,
        "membership_id": session.scalar(
            sa.select(Membership.id).where(Membership.clinic_id == here.clinic.id)
        ),
        "list_id": 1,
        "model_code": "synchromed_ii_40",
        "drug_code": "baclofen",
        "language": "en",
        "template": "refill_please_book",
        "risk": "critical",
    }
    session.commit()
    return numbers


def addresses(app, numbers):
    """Every page of the product that is opened by reading, with numbers put in."""
    # from a file on disk; only leads on to another page, here or at the hospital
    closed = {"static", "morning_lists.show", "wordings.choose"}
    closed |= {"single_sign_on.begin", "single_sign_on.back"}
    for rule in app.url_map.iter_rules():
        by_secret = rule.arguments & {"secret", "token"}
        if "GET" not in rule.methods or rule.endpoint in closed or by_secret:
            continue
        kinds = {"morning_lists": "html", "policies": "refill"}
        given = numbers | {"kind": kinds.get(rule.endpoint.split(".")[0], "refill")}
        given["name"] = "late"  # a figure
        missing = rule.arguments - set(given)
        assert not missing, f"{rule} needs {missing}: put it into this test"
        with app.test_request_context():
            path = app.url_map.bind("localhost").build(
                rule.endpoint, {name: given[name] for name in rule.arguments}
            )
        yield rule.endpoint, path
    yield "patients.index", "/patients?q=Example"
    yield "rehearsals.show", f"/rehearsal?pump={numbers['pump_id']}"


@pytest.mark.one_database("postgresql")
def test_no_page_shows_a_patient_without_leaving_a_trail(
    app, as_nadia, here, session, full, trail, monkeypatch
):
    monkeypatch.setattr("tracker.api.gate.utc_now", lambda: NOW)
    people = session.execute(sa.select(Patient.id, Patient.family_name, Patient.mrn)).all()
    session.commit()
    text = make_token(
        session, here.clinic, name="screen", scope=Scope.READ_BOARD, by=here.nadia, now=NOW,
        ends_at=NOW + DAY,
    )  # fmt: skip
    session.commit()
    wrong, shown_somewhere = [], 0
    for endpoint, path in addresses(app, full):
        with as_nadia.session_transaction() as cookie:
            cookie.pop("board", None)
        newest = max((one.id for one in trail()), default=0)
        answer = as_nadia.get(path, headers={"Authorization": f"Bearer {text}"})
        assert answer.status_code in (200, 302), f"{path}: {answer.status_code}"
        page = answer.data.decode(errors="replace")  # a printout is no text
        words = set(re.findall(r"\w+", page))  # Example1 is not shown by Example12
        shown = {one.id for one in people if {one.family_name, one.mrn} & words}
        told = set()
        for entry in trail():
            if entry.id > newest and entry.what == endpoint:
                told |= {entry.patient_id} | set(
                    json.loads(entry.after or "{}").get("patients", ())
                )
        shown_somewhere += bool(shown)
        wrong += [] if shown <= told else [f"{path} shows {shown}, told {told}"]

    assert wrong == []
    assert shown_somewhere > 15
    assert not isinstance(verify(session), str)


def test_a_view_says_who_what_when_and_from_where(as_nadia, here, trail):
    as_nadia.get(f"/pumps/{here.pump.id}")

    one = trail()[-1]
    assert (one.act, one.what, one.actor) == (Act.VIEWED, "pumps.show", "Nadia Nurse")
    assert (one.staff_id, one.clinic_id) == (here.nadia.id, here.clinic.id)
    assert (one.patient_id, one.pump_id) == (here.patient.id, here.pump.id)
    assert (one.at, one.address) == (NOW, "127.0.0.1")


def test_a_list_is_one_entry_that_is_found_by_each_patient(as_nadia, session, full, trail):
    with as_nadia.session_transaction() as cookie:
        cookie.pop("board", None)
    as_nadia.get("/")

    one = trail(act=Act.LISTED)[-1]
    named = json.loads(one.after)["patients"]
    assert len(named) == 2
    links = session.scalars(sa.select(TrailPatient).filter_by(entry_id=one.id)).all()
    assert sorted(link.patient_id for link in links) == named


def test_a_board_that_stays_open_is_told_once_an_hour_until_it_shows_others(
    as_nadia, session, here, trail
):
    as_nadia.get("/")
    for _ in range(3):
        as_nadia.get("/board/rows")
    assert len(trail(what="board.rows")) == 0

    pump_of(session, here.place)
    session.commit()
    as_nadia.get("/board/rows")
    as_nadia.get("/board/rows")

    assert len(trail(what="board.rows")) == 1


def test_a_record_is_told_as_a_change_and_not_as_a_view_as_well(as_nadia, here, trail):
    post(as_nadia, f"/patients/{here.patient.id}/language", language="de")

    changed = trail()[-1]
    assert (changed.act, changed.what) == (Act.CHANGED, "patient")
    assert json.loads(changed.after) == {"language": "de"}
    assert changed.correlation
    assert [one for one in trail(what="patients.speak")] == []


def test_who_came_in_went_out_or_was_refused_is_told(client, here, trail):
    sign_in(client, here.nadia.email, "wrong")
    sign_in(client, "my password is hunter2@home", "wrong")
    sign_in(client, here.vera.email)
    client.get(f"/pumps/{here.pump.id}/refills/new")
    client.get("/pumps/99999")
    post(client, "/confirm", proof="wrong")
    post(client, "/account/password", old_password="wrong", password="x", again="x")
    post(client, "/confirm", proof=PASSWORD)
    post(client, "/account/password", old_password=PASSWORD, password="x", again="x")
    post(client, "/sign-out")

    told = [(one.act, one.what, one.actor, one.staff_id) for one in trail()]
    nobody = "nobody signed in, at sign_in.create"
    assert told[:3] == [
        (Act.REFUSED, "sign_in.create", "somebody, as Nadia Nurse", here.nadia.id),
        (Act.REFUSED, "sign_in.create", nobody, None),
        (Act.SIGNED_IN, "sign_in.create", "Vera Viewer", here.vera.id),
    ]
    assert (Act.REFUSED, "refills.new", "Vera Viewer", here.vera.id) in told
    assert (Act.REFUSED, "pumps.show", "Vera Viewer", here.vera.id) in told
    unproven = [one[1] for one in told if one[0] is Act.REFUSED][-2:]
    assert unproven == ["confirm.create", "new_password.update"]  # the right ones are none
    assert [one.row_id for one in trail(what="sign_in", act=Act.CHANGED)]  # the fresh proof
    assert (Act.SIGNED_OUT, "sign_in.end", "Vera Viewer", here.vera.id) in told
    assert not [one for one in trail() if "hunter2" in f"{one.after}{one.actor}"]


def test_a_page_is_shown_though_its_view_cant_be_written_and_all_are_told(
    app, as_nadia, here, engine, session, trail
):
    """A writer that holds the trail for long: the board opens, and the line comes later."""
    session.rollback()
    holder = engine.connect()
    holder.begin()
    if engine.name == "postgresql":
        holder.exec_driver_sql("SELECT pg_advisory_xact_lock(7461201)")
    else:
        holder.exec_driver_sql("SELECT 1")  # a writer by its BEGIN IMMEDIATE
    first = as_nadia.get(f"/pumps/{here.pump.id}")
    health = as_nadia.get("/health")
    holder.close()

    assert first.status_code == 200
    assert "1 views of patients could not be written down yet." in health.json["reasons"]
    as_nadia.get(f"/patients/{here.patient.id}")
    assert [one.what for one in trail()][-2:] == ["pumps.show", "patients.show"]
    assert as_nadia.get("/health").status_code == 200


def test_a_view_costs_a_page_few_statements(app, as_nadia, here, engine):
    said = []
    sa.event.listen(
        engine_of := app.extensions["tracker"].engine,
        "before_cursor_execute",
        keep := lambda _c, _cursor, statement, *_: said.append(statement),
    )
    as_nadia.get(f"/pumps/{here.pump.id}")
    sa.event.remove(engine_of, "before_cursor_execute", keep)

    mine = [one for one in said if re.search("trail_|lock_timeout|advisory|CONSTRAINTS", one)]
    assert len(mine) <= {"sqlite": 2, "postgresql": 5}[engine.name]
    assert isinstance(app.extensions["views"], Views)


def test_the_access_report_names_who_saw_a_patient_and_its_file_is_disarmed(
    as_nadia, session, full, here, trail
):
    session.execute(sa.update(Patient).where(Patient.id == here.patient.id).values(note="=1+1"))
    session.commit()
    as_nadia.get("/")
    as_nadia.get(f"/pumps/{here.pump.id}")

    page = as_nadia.get(f"/patients/{here.patient.id}/access").text
    assert "saw a pump" in page
    assert "saw a list: the board" in page
    file = as_nadia.get(f"/patients/{here.patient.id}/access.csv")
    assert file.mimetype == "text/csv"
    assert '"Nadia Nurse"' in file.text
    assert trail()[-1].act is Act.EXPORTED


def test_the_privacy_officer_looks_by_person_act_and_day(as_nadia, session, full, here):
    as_nadia.get(f"/pumps/{here.pump.id}")

    for query, is_there in (
        (f"who={here.nadia.id}&act=viewed&day=2026-06-01", True),
        (f"who={here.vera.id}", False),
        ("act=removed", False),
        ("day=2026-05-31", False),
        ("day=2026-06-01", True),
        (f"patient={here.patient.id}&act=viewed", True),
    ):
        page = as_nadia.get(f"/trail?{query}").text
        assert ("saw a pump" in page) is is_there, query
    assert "This is not a day" in as_nadia.get("/trail?day=soon").text
    session.commit()


def test_only_an_administrator_reads_the_trail(as_vera, here):
    for path in ("/trail", f"/patients/{here.patient.id}/access"):
        assert as_vera.get(path).status_code == 403
