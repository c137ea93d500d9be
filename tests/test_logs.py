"""A log says what failed and where; of whom it says nothing, and nobody can write into it."""

import logging
import subprocess
import sys

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from config import ROOT
from tests.builders import a_clinic, a_patient
from tracker.db import make_engine
from tracker.domain.errors import TrackerError
from tracker.logs import Plain, told

NAME = "Zebedee"


def caught(problem: BaseException) -> BaseException:
    try:
        raise problem
    except BaseException as found:
        return found


def line(message: str, *, problem: BaseException | None = None) -> str:
    about = (type(problem), problem, problem.__traceback__) if problem else None
    return Plain().format(
        logging.LogRecord("tracker", logging.ERROR, __file__, 1, message, (), about)
    )


@pytest.mark.parametrize(
    "problem",
    [
        KeyError(NAME),
        ValueError(f"{NAME} is no number"),
        UnicodeEncodeError("ascii", NAME, 0, 1, "no"),
        TrackerError(f"{NAME} is not an e-mail address."),
        FileNotFoundError(2, "No such file", f"/lists/{NAME}"),
        type("Refused", (RuntimeError,), {})(NAME),
        TypeError(NAME),
    ],
    ids=lambda one: type(one).__name__,
)
def test_an_exceptions_own_words_are_not_told(problem):
    found = caught(problem)

    assert NAME not in told(found)
    assert type(problem).__name__ in told(found)
    assert NAME not in line("It failed.", problem=found)
    assert "tests/test_logs.py" in line("It failed.", problem=found)


def test_words_of_a_program_are_told_in_one_line():
    assert told(RuntimeError("the climbing\nis broken")) == "RuntimeError: the climbing"
    assert told(ConnectionRefusedError(111, "Connection refused")).endswith("refused")


def test_what_led_to_it_is_told_too():
    try:
        try:
            raise KeyError(NAME)
        except KeyError as first:
            raise RuntimeError("no words") from first
    except RuntimeError as second:
        said = line("It failed.", problem=second)

    assert said.index("RuntimeError: no words") < said.index("KeyError at tests/test_logs.py")
    assert NAME not in said


@pytest.mark.parametrize("breaks", ["\n", "\r", "\r\n", "\x1b[2K", "\u2028", "\x85", "\0"])
def test_nobody_can_begin_a_line_of_their_own(breaks):
    said = line(f"no page at /x{breaks}2026-06-01T00:00:00+00:00 INFO tracker: all is well")

    assert len(said.splitlines()) == 1
    assert breaks not in said


def test_a_row_that_the_database_refuses_is_not_quoted(session):
    patient = a_patient(session, a_clinic(session), family_name=NAME, mrn="MRN-77231")
    session.flush()
    facts = {c.name: getattr(patient, c.name) for c in patient.__table__.columns}

    with pytest.raises(DBAPIError) as refused:
        session.execute(sa.insert(type(patient)), {**facts, "id": 999})
    session.rollback()

    for said in (told(refused.value), line("It failed.", problem=refused.value)):
        assert NAME not in said
        assert "MRN-77231" not in said
        assert "IntegrityError: the database refused it" in said
    assert NAME not in str(refused.value)  # what is not ours to format hides them too


def test_a_database_that_is_gone_is_told_without_its_password():
    engine = make_engine("postgresql+psycopg://me:canary-password@127.0.0.1:1/name")

    with pytest.raises(DBAPIError) as gone:
        engine.connect()

    assert "Connection refused" in told(gone.value) or "failed" in told(gone.value)
    assert "canary-password" not in line("It failed.", problem=gone.value)


def test_what_nobody_caught_is_told_so_by_every_process():
    script = (
        "import threading; from tracker import logs; logs.begin(); logs.begin()\n"
        "def fail(): raise KeyError('Zebedee')\n"
        "one = threading.Thread(target=fail); one.start(); one.join()\n"
        "fail()"
    )

    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert done.returncode == 1
    assert done.stderr.count("CRITICAL tracker: Nobody caught this.") == 2
    assert NAME not in done.stderr
    assert done.stdout == ""
