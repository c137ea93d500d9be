"""How people are reached lies in the database unreadable, and is found all the same."""

import pytest
import sqlalchemy as sa

from tests.cast import a_contact, a_patient, a_ward, a_watched_pump, messages
from tests.outlets import Listed, into
from tests.rings import KEYS, RING
from tracker import schema
from tracker.db import make_engine, make_sessions
from tracker.domain.message import Channel
from tracker.jobs.sender import deliver
from tracker.jobs.ticker import tick
from tracker.models import AddressState, Contact, Reply
from tracker.models.sealed import UNREADABLE
from tracker.sealing import KeyRing, Unsealable
from tracker.services import replies, reports, stops
from tracker.services.resealing import lost, reseal

PHONE, MAIL = "+441632960177", "ada@home.example"
OTHER = KeyRing(["another key that this database has never seen"])


def stored(engine) -> str:
    """Every row of every table as the disk has it."""
    tables = sa.inspect(engine).get_table_names()
    with engine.connect() as connection:
        return "\n".join(
            f"{table} {tuple(row)}"
            for table in tables
            for row in connection.execute(sa.text(f'SELECT * FROM "{table}"'))
        )


def a_text_contact(session, ward, **facts):
    contact = a_contact(session, a_patient(session, ward), address=PHONE, **facts)
    contact.channel = Channel.SMS
    session.flush()
    return contact


def with_ring(engine, ring):
    """Sessions on the same database, by other keys."""
    other = make_engine(engine.url.render_as_string(hide_password=False), ring=ring)
    return other, make_sessions(other)


def test_no_row_holds_a_number_or_an_address_that_can_be_read(session, sessions, engine, now):
    ward = a_ward(session)
    pump = a_watched_pump(session, ward, danger_at=now).pump
    a_contact(session, pump.patient, address=MAIL)
    contact = a_text_contact(session, ward)
    said = replies.Answered("gateway", "1", PHONE, "+441632960999", "STOP")
    replies.receive(session, said, now=now)
    report = reports.Said("gateway", "k", "1", "delivered", "", f"to={PHONE}")
    reports.receive(session, report, now=now)
    session.commit()
    tick(sessions, now=now, host="h")
    deliver(sessions, into(Listed()), host="h", now=now)

    kept = stored(engine)
    for hidden in (MAIL, PHONE, PHONE[1:]):
        assert hidden not in kept
    session.expire_all()
    assert (contact.address, contact.state) == (PHONE, AddressState.STOPPED)
    assert session.scalars(sa.select(Reply.from_address)).all() == [PHONE]
    assert messages(session)


def test_stop_finds_the_number_by_every_key_and_where_it_lies_readable(session, engine, now):
    ward, other = a_ward(session), a_ward(session, "Other Clinic")
    new, old, plain = (a_text_contact(session, one) for one in (ward, other, ward))
    another = a_contact(session, new.patient, address="+441632960188")
    another.channel = Channel.SMS
    session.commit()
    turned = KeyRing(["a newer key than the one of the tests", KEYS])
    engine_of_it, sessions_of_it = with_ring(engine, turned)
    with sessions_of_it.begin() as by_new:
        by_new.get_one(Contact, new.id).address = PHONE + " "  # so that it is written
        by_new.flush()
        by_new.get_one(Contact, new.id).address = PHONE
        by_new.execute(
            sa.text("UPDATE contact SET address = :a, address_mark = NULL WHERE id = :id"),
            {"a": PHONE, "id": plain.id},
        )
    with sessions_of_it.begin() as by_new:
        stops.stop(by_new, Channel.SMS, PHONE, how="STOP", now=now)
        states = {one.id: one.state for one in by_new.scalars(sa.select(Contact))}
    engine_of_it.dispose()

    assert [states[one.id] for one in (new, old, plain)] == [AddressState.STOPPED] * 3
    assert states[another.id] is AddressState.OK


def test_a_new_key_seals_everything_anew_and_the_old_one_can_go(session, engine, now):
    ward = a_ward(session)
    contact = a_text_contact(session, ward)
    said = replies.Answered("gateway", "1", PHONE, "+441632960999", "hello")
    replies.receive(session, said, now=now)
    session.commit()

    assert reseal(session, KeyRing(["new", KEYS])) == 2
    assert reseal(session, KeyRing(["new", KEYS])) == 0
    session.commit()

    engine_of_it, sessions_of_it = with_ring(engine, KeyRing(["new"]))
    with sessions_of_it() as alone:
        assert alone.get_one(Contact, contact.id).address == PHONE
        found = stops.contacts_with(alone, Channel.SMS, PHONE)
        assert [one.id for one in found] == [contact.id]
    engine_of_it.dispose()


def test_a_lost_key_is_said_and_changes_nothing(session, sessions, engine, now):
    contact = a_text_contact(session, a_ward(session))
    session.commit()
    before = stored(engine)
    engine_of_it, sessions_of_it = with_ring(engine, OTHER)
    with sessions_of_it.begin() as without:
        assert without.get_one(Contact, contact.id).address == UNREADABLE
        assert lost(without) == 1
        with pytest.raises(Unsealable):
            reseal(without, OTHER)
    engine_of_it.dispose()

    assert stored(engine) == before
    assert lost(session) == 0


def test_staff_are_told_although_a_patients_address_can_t_be_opened(
    session, sessions, engine, now
):
    ward = a_ward(session)
    pump = a_watched_pump(session, ward, danger_at=now).pump
    a_contact(session, pump.patient, address=MAIL)
    session.commit()
    engine_of_it, sessions_of_it = with_ring(engine, OTHER)
    told = Listed()
    tick(sessions_of_it, now=now, host="h")
    report = deliver(sessions_of_it, into(told), host="h", now=now)
    engine_of_it.dispose()

    assert report.faults == []
    assert ward.nadia.email in told.told


def test_a_sealed_column_can_t_be_compared_by_mistake():
    for mistake in (
        lambda: Contact.address == PHONE,
        lambda: Contact.address.in_([PHONE]),
        lambda: Contact.address.like("+44%"),
    ):
        with pytest.raises(TypeError, match="find it by its mark"):
            mistake()


def test_an_upgrade_seals_what_an_older_version_wrote(app, runner, session, engine):
    contact = a_text_contact(session, a_ward(session))
    session.commit()
    url = engine.url.render_as_string(hide_password=False)
    with pytest.raises(RuntimeError, match="address is sealed"):
        schema.downgrade(url, "0005")
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE contact SET address = :a"), {"a": PHONE})
    engine.dispose()
    app.extensions["tracker"].engine.dispose()
    schema.downgrade(url, "0005")

    assert runner.invoke(args=["upgrade"]).exit_code == 0

    assert PHONE not in stored(engine)
    session.expire_all()
    assert session.get_one(Contact, contact.id).address == PHONE
    assert session.get_one(Contact, contact.id).address_mark == RING.mark(PHONE)
