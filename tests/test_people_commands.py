"""The commands on staff: who is added, mended and leaves, and who is refused."""

import re

import sqlalchemy as sa

from tests.builders import a_clinic, a_nurse, a_pump, a_staff_member
from tests.commands import run
from tracker.models import Clinic, Membership, Role, Staff, Watch


class TestPeople:
    def test_the_first_people_come_in_by_command(self, runner, session):
        password = "seven quiet lamps\n"
        added = run(runner, "staff-add", "Ada@Example.org", "--name", "Ada", input=password * 2)
        opened = run(
            runner, "clinic-add", "Riverside", "--timezone", "Europe/London",
            "--phone", "1", "--last-resort", "ada@example.org",
        )  # fmt: skip

        assert (added.exit_code, opened.exit_code) == (0, 0), added.output + opened.output
        ada = session.scalar(sa.select(Staff))
        assert ada.email == "ada@example.org"
        assert ada.password_hash.startswith("$argon2")
        assert session.scalar(sa.select(Clinic)).last_resort_id == ada.id
        assert session.scalar(sa.select(Membership)).role is Role.ADMINISTRATOR

    def test_the_same_address_twice_is_refused(self, runner, session):
        a_staff_member(session, email="ada@example.org")
        session.commit()

        result = run(
            runner,
            "staff-add",
            "ADA@example.org",
            "--name",
            "A",
            "--password",
            "seven quiet lamps",
        )

        assert result.exit_code == 1
        assert "already" in result.stderr

    def test_a_password_that_guessers_know_is_refused(self, runner, session):
        result = run(
            runner, "staff-add", "ada@b.org", "--name", "Ada", "--password", "password1234"
        )

        assert result.exit_code == 1
        assert "others would try first" in result.stderr
        assert session.scalar(sa.select(Staff)) is None

    def test_somebody_may_be_added_by_a_link(self, runner, session):
        result = run(runner, "staff-add", "ada@b.org", "--name", "Ada", "--by-link")

        assert result.exit_code == 0, result.output
        assert session.scalar(sa.select(Staff)).password_hash is None
        assert re.search(r"^http://\S+/welcome/[\w-]{43}$", result.stdout, re.MULTILINE)

    def test_a_role_without_a_clinic_is_wrong_use(self, runner):
        result = run(
            runner, "staff-add", "a@b.c", "--name", "A", "--role", "nurse", "--password", "p"
        )

        assert result.exit_code == 2

    def test_a_last_resort_who_is_not_there_is_refused(self, runner):
        result = run(
            runner, "clinic-add", "R", "--timezone", "Europe/London",
            "--phone", "1", "--last-resort", "nobody@example.org",
        )  # fmt: skip

        assert result.exit_code == 1
        assert "flask staff-add" in result.stderr


class TestLeaving:
    def test_an_address_is_mended(self, runner, session):
        ada = a_staff_member(session, email="ada@example.org", email_state="invalid")
        session.commit()

        result = run(runner, "staff-mend", "ada@example.org", "--email", "Ada@new.example")

        assert result.exit_code == 0, result.output
        session.refresh(ada)
        assert (ada.email, ada.email_state) == ("ada@new.example", "unverified")

    def test_an_address_of_somebody_else_is_refused(self, runner, session):
        for name in ("ada", "ben"):
            a_staff_member(session, email=f"{name}@example.org")
        session.commit()

        result = run(runner, "staff-mend", "ada@example.org", "--email", "ben@example.org")

        assert (result.exit_code, "already" in result.stderr) == (1, True)

    def test_who_answers_for_a_pump_leaves_only_when_somebody_takes_over(self, runner, session):
        pump = a_pump(session)
        ito = pump.owner
        ada = a_nurse(session, pump.clinic, email="ada@example.org")
        session.commit()
        token, name = ito.session_token, pump.clinic.name
        session.commit()

        alone = run(runner, "staff-leave", ito.email)
        handed = run(runner, "staff-leave", ito.email, "--hand-to", ada.email)

        assert alone.exit_code == 1
        assert f"pump {pump.id} ({pump.serial})" in alone.stderr
        assert f"last resort of {name}" in alone.stderr
        assert handed.exit_code == 0, handed.output
        session.expire_all()
        assert (pump.owner_id, pump.clinic.last_resort_id) == (ada.id, ada.id)
        assert set(session.scalars(sa.select(Watch.owner_id))) == {ada.id}
        assert ito.left_at is not None
        assert ito.session_token != token

    def test_somebody_of_another_clinic_takes_nothing_over(self, runner, session):
        pump = a_pump(session)
        sam = a_nurse(session, a_clinic(session), email="sam@example.org")
        owner, clinic = pump.owner.email, pump.clinic.name
        session.commit()

        result = run(runner, "staff-leave", owner, "--hand-to", sam.email)

        assert result.exit_code == 1
        assert f"don't work in {clinic}" in result.stderr

    def test_who_answers_for_nothing_leaves(self, runner, session):
        ada = a_nurse(session, a_clinic(session), email="ada@example.org")
        session.commit()

        assert run(runner, "staff-leave", ada.email).exit_code == 0
        assert "left already" in run(runner, "staff-leave", ada.email).stderr
