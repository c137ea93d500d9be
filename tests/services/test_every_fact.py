"""Nothing, zero, the negative, the absurd, the stale and the future, for each fact of a record.

The facts are those that the services themselves take, found by walking them: one that is new
and stands in no row of the table fails here. `None` is left out where a fact must be given, for
then the form refuses it. What is kept is compared with the same record as it is usually made.
"""

import dataclasses
import importlib
import pkgutil
import typing
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from types import UnionType
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tests.riverside import Bedside, open_watch
from tests.services.facts_made import ACTS, ONLY, RECKONED, Act
from tests.services.facts_table import TABLE
from tests.services.test_orders import NOW, tracked
from tracker import services
from tracker.domain.danger import WatchKind
from tracker.domain.errors import NeedsReason, TrackerError
from tracker.services.pump_checks import PumpDetails

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
KINDS = (WatchKind.REFILL, WatchKind.BATTERY)
MEASURED = (Decimal, int, date, datetime)


@pytest.fixture
def begins_with():
    return tracked


def facts_of_services() -> Iterator[type]:
    """Every value that a service takes as the facts of a record."""
    for module in pkgutil.iter_modules(services.__path__):
        found = vars(importlib.import_module(f"tracker.services.{module.name}")).values()
        for one in found:
            is_value = isinstance(one, type) and dataclasses.is_dataclass(one)
            if is_value and (one.__name__.endswith("Facts") or one is PumpDetails):
                yield one


def measured(kind: type) -> Iterator[tuple[str, type, bool]]:
    """Its numbers, days and instants, each with its type and whether it may be left out."""
    for name, hint in typing.get_type_hints(kind).items():
        parts = typing.get_args(hint) if isinstance(hint, UnionType) else (hint,)
        types = [one for one in parts if one in MEASURED]
        if types and not name.endswith("_id"):
            yield name, types[0], type(None) in parts


def values(kind: type, *, is_optional: bool) -> dict[str, Any]:
    """What is tried for a fact of this type."""
    if issubclass(kind, date):
        days = {
            "stale": NOW - 400 * DAY,
            "future": NOW + 4000 * DAY,
            "absurd": NOW - 330_000 * DAY,
        }
        found: dict[str, Any] = {
            name: at if kind is datetime else at.date() for name, at in days.items()
        }
    else:
        found = {"zero": kind(0), "negative": kind(-1), "absurd": kind(10**9)}
    return found | ({"none": None} if is_optional else {})


def dates_of(session: Session, at: Bedside) -> dict[WatchKind, Any]:
    found = {kind: open_watch(session, at.pump, kind) for kind in KINDS}
    return {kind: one and one.danger_at for kind, one in found.items()}


def after(session: Session, at: Bedside, act: Act, facts: dict[str, Any]) -> Any:
    """The dates after it, or in a word why it was refused; nothing of it stays."""
    undone = session.begin_nested()
    try:
        act(session, at, facts)
        session.flush()
        return dates_of(session, at)
    except NeedsReason:
        return "asks"
    except TrackerError as refused:
        return refused.field or "refused"
    except IntegrityError:
        return "by its table"
    finally:
        undone.rollback()
        session.expire_all()


def compared(name: str, usual: dict[WatchKind, Any], found: Any) -> str:
    if found in ("asks", "by its table"):
        return f"refused {found}" if found != "asks" else found
    if isinstance(found, str):
        return "refused" if found == name else f"refused at {found}"
    if found == usual:
        return "same"
    later = [k for k in KINDS if found[k] is None or (usual[k] and found[k] > usual[k])]
    return "LATER" if later else "sooner"


def told(session: Session, at: Bedside) -> dict[str, str]:
    """What came of each, one line a fact."""
    lines = {}
    for row, (kind, act) in ACTS.items():
        usual = after(session, at, act, {})
        assert isinstance(usual, dict), (row, usual)
        for name, of, is_optional in measured(kind):
            if name not in ONLY.get(row, {name}):
                continue
            tried = values(of, is_optional=is_optional)
            came = {
                word: compared(name, usual, after(session, at, act, {name: value}))
                for word, value in tried.items()
            }
            lines[f"{row}: {name}"] = ", ".join(f"{a} {b}" for a, b in came.items())
    return lines


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_promise_covered_each_fact_of_each_record_answers_as_the_table_says(session, standing):
    """On one database only: what is refused is refused before a database is asked."""
    measuring = {one.__name__ for one in facts_of_services() if any(measured(one))}
    assert measuring - RECKONED == {kind.__name__ for kind, _ in ACTS.values()}

    assert told(session, standing) == TABLE
