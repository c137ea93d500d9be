"""`flask verify-audit`: one byte of one row is found and named, whichever it is."""

import json

import pytest
import sqlalchemy as sa

from tests.riverside import pump_of, refilled, riverside
from tests.trails import entries, kept_sessions
from tracker.domain.trail import Act, Actor, Wrong
from tracker.interop.printouts import emergency_page
from tracker.models import Clinic, TrailEntry
from tracker.services.morning_lists import emergency_list
from tracker.services.trail import append, entry_of, head
from tracker.services.trail_checks import AT_ONCE, verify

from .trails import AT, NADIA

COLUMNS = [one.name for one in TrailEntry.__table__.columns]
TRIGGERS = {
    "sqlite": [
        f"DROP TRIGGER {table}_no_{verb}"
        for table in ("trail_entry", "trail_patient")
        for verb in ("update", "delete", "replace")
    ],
    "postgresql": [
        f"ALTER TABLE {t} DISABLE TRIGGER ALL" for t in ("trail_entry", "trail_patient")
    ],
}


@pytest.fixture
def kept(engine):
    """Some records and views, after which somebody takes the triggers away."""
    sessions = kept_sessions(engine)
    with sessions() as session:
        place = riverside(session)
        pump = pump_of(session, place)
        refilled(session, pump, place)
        pump.patient.note = "a note"
        session.commit()
        listed = entry_of(
            NADIA, Act.LISTED, "board.index", after={"patients": [pump.patient_id]}
        )
        everything = Actor(AT, "Nadia Nurse", 1, 1, "192.0.2.7", "c0ffee")
        changed = entry_of(
            everything, Act.CHANGED, "pump", row_id=1, before={"a": 1}, after={"a": 2}
        )
        append(session.connection(), [listed, changed, listed])
        session.commit()
    with engine.begin() as connection:
        for statement in TRIGGERS[engine.name]:
            connection.exec_driver_sql(statement)
    return sessions


def found_by(sessions, heads=()):
    with sessions() as session:
        return verify(session, heads)


def change(engine, statement, **values):
    with engine.begin() as connection:
        assert connection.execute(sa.text(statement), values).rowcount > 0


def test_one_byte_of_one_row_is_named_whichever_column(kept, engine):
    """Changed and changed back, column after column."""
    number = len(entries(kept)) - 1  # the one that says something in every column but two
    with engine.connect() as connection:
        row = connection.execute(
            sa.text(f"SELECT {', '.join(COLUMNS)} FROM trail_entry WHERE id = {number}")
        ).one()
    for name in COLUMNS:
        old = row._mapping[name]
        if old is None:
            new = 7
        elif isinstance(old, int):
            new = old + 1_000
        elif name == "act":
            new = "viewed"
        elif name == "at":
            new = old[:-1] + "7" if isinstance(old, str) else old.replace(microsecond=7)
        else:
            new = old[:-1] + ("0" if old[-1] != "0" else "1")
        change(engine, f"UPDATE trail_entry SET {name} = :new WHERE id = {number}", new=new)
        found = found_by(kept)
        assert isinstance(found, Wrong), name
        assert found.number == number, name
        where = number + 1_000 if name == "id" else number
        change(engine, f"UPDATE trail_entry SET {name} = :old WHERE id = {where}", old=old)
        assert not isinstance(found_by(kept), Wrong), name


def test_a_field_that_is_of_another_kind_now_is_named_too(kept, engine):
    if engine.name == "postgresql":
        return  # which keeps to its types
    change(engine, "UPDATE trail_entry SET at = 'yesterday' WHERE id = 5")

    assert found_by(kept) == Wrong(5, "it can't be read: a field is not of its kind any more")


def test_a_row_taken_out_is_named_and_a_tail_by_what_was_printed(kept, engine, runner):
    with kept() as session:
        printed = head(session)
    good = runner.invoke(args=["verify-audit", "--head", printed.short, "--json"])
    assert json.loads(good.stdout)["head"] == printed.short

    change(engine, f"DELETE FROM trail_patient WHERE entry_id = {printed.number}")
    lost = runner.invoke(args=["verify-audit"])
    assert lost.exit_code == 1
    assert f"wrong at entry {printed.number}: the patients by whom" in lost.stderr

    change(engine, f"DELETE FROM trail_entry WHERE id = {printed.number}")
    assert runner.invoke(args=["verify-audit"]).exit_code == 0  # nothing in it says so
    cut = runner.invoke(args=["verify-audit", "--head", printed.short, "--json"])
    assert (cut.exit_code, json.loads(cut.stdout)["entry"]) == (1, printed.number)
    assert "the trail ends before it" in cut.stderr

    change(engine, "DELETE FROM trail_entry WHERE id = 4")
    assert "wrong at entry 4: it is missing" in runner.invoke(args=["verify-audit"]).stderr
    assert runner.invoke(args=["verify-audit", "--head", "nonsense"]).exit_code == 2


def test_it_holds_few_entries_in_memory_however_long_the_trail_is(kept, engine):
    entry = entry_of(NADIA, Act.VIEWED, "pumps.show")
    with kept.begin() as session:
        before = head(session).number
        append(session.connection(), [entry] * (2 * AT_ONCE + 1))
    most = 0

    def count(_connection, cursor, *_rest):
        nonlocal most
        most = max(most, cursor.rowcount)

    sa.event.listen(engine, "after_cursor_execute", count)
    whole = found_by(kept)

    assert whole.number == before + 2 * AT_ONCE + 1
    assert most <= AT_ONCE


def test_the_head_is_printed_on_the_emergency_list_and_told_by_check(kept, runner, now):
    with kept() as session:
        clinic = session.scalars(sa.select(Clinic).order_by(Clinic.id)).first()
        made = emergency_list(session, clinic, now=now)
        printed = head(session)

    assert made.trail == printed
    assert f"Trail of who did and saw what: {printed.short}, written 1 Jun 2026" in (
        emergency_page(made)
    )
    assert f"trail: {printed.short}" in runner.invoke(args=["check"]).stdout


def test_a_command_is_named_with_the_account_that_called_it(runner, engine):
    runner.invoke(args=["staff-add", "ada@example.org", "--name", "Ada"], input="x\n" * 2)
    password = "correct horse battery staple"
    done = runner.invoke(
        args=["staff-add", "bo@example.org", "--name", "Bo"], input=f"{password}\n" * 2
    )
    assert done.exit_code == 0, done.output

    one = entries(kept_sessions(engine), what="staff")[-1]
    assert one.actor == "flask staff-add"
    assert " at " in one.address
    assert password not in f"{one.after}"


def test_a_role_that_may_only_add_can_add_and_nothing_else(kept, engine):
    """The rights of docs/operations.md, without the triggers."""
    if engine.name == "sqlite":
        return  # has no roles
    with engine.begin() as connection:
        for statement in (
            "DROP ROLE IF EXISTS tracker_app",
            "CREATE ROLE tracker_app",
            "GRANT USAGE ON SCHEMA public TO tracker_app",
            "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public"
            " TO tracker_app",
            "GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO tracker_app",
            "REVOKE UPDATE, DELETE, TRUNCATE ON trail_entry, trail_patient FROM tracker_app",
        ):
            connection.exec_driver_sql(statement)
    entry = entry_of(NADIA, Act.LISTED, "board.index", after={"patients": [1, 2]})
    with engine.begin() as connection:
        connection.exec_driver_sql("SET LOCAL ROLE tracker_app")
        append(connection, [entry])
    for statement in ("UPDATE trail_entry SET actor = ''", "DELETE FROM trail_patient"):
        with engine.connect() as connection:
            connection.exec_driver_sql("SET LOCAL ROLE tracker_app")
            with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
                connection.exec_driver_sql(statement)
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP OWNED BY tracker_app")
        connection.exec_driver_sql("DROP ROLE tracker_app")
