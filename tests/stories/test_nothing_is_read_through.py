"""What the program asks costs what is due or shown: it reads through no table that grows.

Each statement of a clinic's quarter is held against the plan of SQLite, which knows no
statistics, and goes by what a statement says.
"""

import sys
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session, sessionmaker

import tracker
from tests.stories.two_years import live

PROGRAM, TESTS = Path(tracker.__file__).parent, Path(__file__).parents[1]
# A few rows for each clinic, however long it lives.
SMALL = {"absence", "clinic", "closure", "duty", "membership", "staff", "webhook"}
FROM_ITS_END = {"heartbeat"}  # by its number, and no more than a handful
UNTIL_THE_FIRST = {"delivery_report"}  # of a gateway, where a text waits for a report
OF_WHAT_IS_OPEN = {
    *("ix_message_due", "ix_message_unknown", "ix_message_unsent"),
    "uq_silence_in_force",
}


def is_asked_by_the_program() -> bool:
    """Whether the nearest of our files on the way here is the program's and not a test's."""
    frame = sys._getframe(2)
    while frame is not None:
        path = Path(frame.f_code.co_filename)
        if path.is_relative_to(TESTS):
            return False
        if path.is_relative_to(PROGRAM) and path.name not in ("asking.py", "db.py"):
            return True
        frame = frame.f_back
    return False


def read_through(engine: Engine, asked: dict[str, Any]) -> dict[str, str]:
    """The tables that are read through from one end to the other, and by which statement."""
    found: dict[str, str] = {}
    with engine.connect() as connection:
        for statement, given in asked.items():
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", given)
            found |= {row[3]: statement for row in plan if row[3].startswith("SCAN ")}
    return found


def is_small(line: str) -> bool:
    """Whether what is read through stays small, or is what is open of a table."""
    table, _, index = line.removeprefix("SCAN ").partition(" USING ")
    if table in SMALL | FROM_ITS_END | UNTIL_THE_FIRST:
        return True
    if table == "CONSTANT ROW" or table.startswith("anon_"):  # what another question answered
        return True
    return index.removeprefix("COVERING ").removeprefix("INDEX ") in OF_WHAT_IS_OPEN


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_quarter_reads_through_no_table_that_grows(
    engine: Engine, sessions: sessionmaker[Session]
) -> None:
    asked: dict[str, Any] = {}

    def note(
        _connection: Any, _cursor: Any, statement: str, given: Any, _context: Any, many: bool
    ) -> None:
        is_question = statement.startswith(("SELECT", "UPDATE", "DELETE"))
        if is_question and statement not in asked and is_asked_by_the_program():
            asked[statement] = given[0] if many else given

    sa.event.listen(engine, "before_cursor_execute", note)
    live(sessions, seed=1, pumps=4, days=90, has_more=True)
    sa.event.remove(engine, "before_cursor_execute", note)

    found = read_through(engine, asked)
    assert len(asked) > 100
    assert {line: text for line, text in found.items() if not is_small(line)} == {}
