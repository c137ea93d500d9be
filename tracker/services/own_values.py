"""A clinic's own values of the catalogue, as settings that two people decide (decision 19)."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from tracker.domain.catalogue import DrugEntry, PumpEntry, load
from tracker.domain.own_values import (
    DRUG_VALUES,
    PUMP_VALUES,
    NotAValue,
    Settable,
    check_value,
    is_never_later,
)
from tracker.models import Clinic, OwnValue, Proposal
from tracker.services.catalogues import newest_values
from tracker.services.rebuilds import reproject_clinic

Values = dict[str, Any]
NAME = "catalogue"


def of_value(subject: str, name: str) -> str:
    """The subject of a proposal about one value: of `pump:<code>` or `drug:<code>`."""
    return f"{NAME}:{subject}:{name}"


def entry_at(subject: str) -> PumpEntry | DrugEntry:
    """The maker's entry that is meant."""
    kind, _, code = subject.partition(":")
    shipped: dict[str, Any] = {"pump": load().pumps, "drug": load().drugs}
    found: PumpEntry | DrugEntry | None = shipped.get(kind, {}).get(code)
    if found is None:
        raise NotAValue("There is no such pump or drug in the catalogue.")
    return found


def settable_at(part: str) -> tuple[str, Settable]:
    """Of which pump or drug, and which of its values."""
    subject, _, name = part.rpartition(":")
    allowed = PUMP_VALUES if subject.startswith("pump:") else DRUG_VALUES
    if name not in allowed:
        raise NotAValue("A clinic can't set this value.")
    return subject, allowed[name]


def as_values(part: str, value: Decimal | None, source: str = "") -> Values:
    """A value as a proposal keeps it; None is the maker's again."""
    settable_at(part)
    written = None if value is None else f"{value.normalize():f}"
    return {"of": part, "value": written, "source": "" if value is None else source}


def read(_session: Session, clinic: Clinic, part: str) -> Values:
    """The clinic's own value now."""
    subject, settable = settable_at(part)
    own = newest_values(clinic, subject).get(settable.name)
    return as_values(part, own.number, own.source) if own else as_values(part, None)


def check(_session: Session, _clinic: Clinic, part: str, after: Values) -> None:
    """Raises NotAValue for what a clinic can't set."""
    subject, settable = settable_at(part)
    if after["value"] is None:
        return
    check_value(entry_at(subject), settable, Decimal(after["value"]))
    if not after["source"]:
        raise NotAValue("Say where the value comes from.", field="source")


def is_safer(_session: Session, _clinic: Clinic, before: Values, after: Values) -> bool:
    """Whether no date could become later by it."""
    subject, settable = settable_at(after["of"])
    makers = entry_at(subject).number(settable.name)
    was, would_be = (_number(one) for one in (before, after))
    return is_never_later(settable, makers, was, would_be)


def _number(values: Values) -> Decimal | None:
    return None if values["value"] is None else Decimal(values["value"])


def put(
    session: Session, clinic: Clinic, part: str, after: Values, row: Proposal, *, now: datetime
) -> None:
    """Bring it into force: every date of the clinic is worked out anew."""
    session.add(_row(clinic, part, after, row.reason, row.proposed_by.id, now))
    session.flush()
    session.expire(clinic, ["own_values"])
    reproject_clinic(session, clinic, now=now)


def suppose(clinic: Clinic, part: str, after: Values, *, now: datetime) -> None:
    """Let the clinic read as if it were so, as loaded: nothing of it can be written."""
    supposed = _row(clinic, part, after, "supposed", clinic.last_resort_id, now)
    set_committed_value(clinic, "own_values", [*clinic.own_values, supposed])


def _row(
    clinic: Clinic, part: str, after: Values, reason: str, by_id: int, now: datetime
) -> OwnValue:
    subject, settable = settable_at(part)
    return OwnValue(
        clinic_id=clinic.id,
        subject=subject,
        name=settable.name,
        value=after["value"],
        source=after["source"],
        reason=reason,
        recorded_at=now,
        recorded_by_id=by_id,
    )
