"""What can be proposed: how each setting is read, checked, and brought into force."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.danger import WatchKind
from tracker.domain.escalation import Ladder, ladder_from
from tracker.domain.proposal import DateRules, NotProposed, QuietHours, quiet_from, rules_from
from tracker.domain.risk import RiskClass
from tracker.models import Clinic, Closure, Proposal, Recall, Role, Staff
from tracker.services import order_rules, own_values, policies, webhook_agreements
from tracker.services.last_resorts import NotSettled, check_last_resort, is_able
from tracker.services.rebuilds import reproject_clinic
from tracker.services.recalls import withdraw_recall
from tracker.services.reviews import change_interval, check_interval

Values = dict[str, Any]
RULES, QUIET, LAST_RESORT = "rules", "quiet_hours", "last_resort"
REVIEWS = "review_interval"
# Ours: held messages must go out on the same day, so a night is no longer than this.
LONGEST_QUIET_HOURS = 14


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of setting. `part` is what stands after its name in a subject."""

    roles: tuple[Role, ...]  # who may propose it, and so be the second person
    moves_dates: bool
    read: Callable[[Session, Clinic, str], Values]
    check: Callable[[Session, Clinic, str, Values], None]
    put: Callable[[Session, Clinic, str, Values, Proposal, datetime], None]
    is_safer: Callable[[Session, Clinic, Values, Values], bool]


def kind_of(subject: str) -> tuple[Kind, str]:
    """The kind of a subject, and the part of it that is meant."""
    name, _, part = subject.partition(":")
    if name not in KINDS:
        raise NotProposed(f"There is no setting {subject}.")
    return KINDS[name], part


def read(session: Session, clinic: Clinic, subject: str) -> Values:
    """How the setting stands now."""
    kind, part = kind_of(subject)
    return kind.read(session, clinic, part)


def of_policy(kind: WatchKind, risk: RiskClass) -> str:
    """The subject of a ladder."""
    return f"policy:{kind}:{risk}"


def of_closure(day: date) -> str:
    """The subject of a closed day."""
    return f"closure:{day.isoformat()}"


def of_recall(recall_id: int) -> str:
    """The subject of taking a field-safety notice back."""
    return f"recall:{recall_id}"


def rules_of(clinic: Clinic) -> DateRules:
    """What the clinic's dates are reckoned with now."""
    return DateRules(
        clinic.buffer_days,
        clinic.flow_margin_percent,
        clinic.longest_interval_days,
        clinic.open_weekdays,
    )


def _put_rules(
    session: Session, clinic: Clinic, _part: str, after: Values, _row: Proposal, now: datetime
) -> None:
    rules = rules_from(after)
    clinic.buffer_days, clinic.open_weekdays = rules.buffer_days, rules.open_weekdays
    clinic.flow_margin_percent = rules.flow_margin_percent
    clinic.longest_interval_days = rules.longest_interval_days
    reproject_clinic(session, clinic, now=now)


def _check_quiet(_session: Session, _clinic: Clinic, _part: str, after: Values) -> None:
    if quiet_from(after).minutes > LONGEST_QUIET_HOURS * 60:
        raise NotSettled(
            f"More than {LONGEST_QUIET_HOURS} quiet hours would hold messages too long.",
            field="quiet_until",
        )


def _put_quiet(
    session: Session, clinic: Clinic, _part: str, after: Values, _row: Proposal, now: datetime
) -> None:
    hours = quiet_from(after)
    clinic.quiet_from, clinic.quiet_until = hours.begin, hours.end


def _put_last_resort(
    session: Session, clinic: Clinic, _part: str, after: Values, _row: Proposal, now: datetime
) -> None:
    clinic.last_resort = session.get_one(Staff, after["staff_id"])


def _closure(session: Session, clinic: Clinic, day: str) -> Closure | None:
    return session.scalar(
        sa.select(Closure).where(
            Closure.clinic_id == clinic.id, Closure.closed_on == date.fromisoformat(day)
        )
    )


def _read_closure(session: Session, clinic: Clinic, day: str) -> Values:
    found = _closure(session, clinic, day)
    return {"name": found.name} if found else {}


def _put_closure(
    session: Session, clinic: Clinic, day: str, after: Values, _row: Proposal, now: datetime
) -> None:
    found = _closure(session, clinic, day)
    if found is not None:
        session.delete(found)
        session.flush()
    if after:
        closed_on = date.fromisoformat(day)
        session.add(Closure(clinic_id=clinic.id, closed_on=closed_on, name=after["name"]))
        session.flush()
    reproject_clinic(session, clinic, now=now)


def _ladder_key(part: str) -> tuple[WatchKind, RiskClass]:
    kind, _, risk = part.partition(":")
    return WatchKind(kind), RiskClass(risk)


def _read_policy(session: Session, clinic: Clinic, part: str) -> Values:
    kind, risk = _ladder_key(part)
    found = policies.present_policy(session, clinic.id, kind, risk)
    return {"version": found.version, "steps": found.steps} if found else {"version": 0}


def _check_policy(session: Session, clinic: Clinic, part: str, after: Values) -> None:
    kind, _ = _ladder_key(part)
    policies.check_ladder(session, clinic.id, kind, _steps(after))


def _put_policy(
    session: Session, clinic: Clinic, part: str, after: Values, row: Proposal, now: datetime
) -> None:
    key = (clinic.id, *_ladder_key(part))
    note, seen = row.reason[:200], row.before["version"]
    policies.write_policy(
        session, *key, _steps(after), seen_version=seen, note=note, by=row.proposed_by, now=now
    )


def _steps(after: Values) -> Ladder:
    return ladder_from(after["steps"])


def _check_reviews(_session: Session, _clinic: Clinic, _part: str, after: Values) -> None:
    check_interval(after["days"])


def _put_reviews(
    session: Session, clinic: Clinic, _part: str, after: Values, _row: Proposal, now: datetime
) -> None:
    change_interval(session, clinic, after["days"])


def _recall(session: Session, clinic: Clinic, part: str) -> Recall:
    asked = sa.select(Recall).where(Recall.id == int(part), Recall.clinic_id == clinic.id)
    return session.scalars(asked).one()


def _put_recall(
    session: Session, clinic: Clinic, part: str, _after: Values, row: Proposal, now: datetime
) -> None:
    by = row.proposed_by
    withdraw_recall(session, _recall(session, clinic, part), because=row.reason, by=by, now=now)


def _any(_session: Session, _clinic: Clinic, _part: str, _after: Values) -> None:
    """What could be wrong was refused when the values were made."""


LEADERS = (Role.ADMINISTRATOR,)
KINDS = {
    RULES: Kind(
        LEADERS,
        True,
        lambda session, clinic, part: rules_of(clinic).as_json(),
        _any,
        _put_rules,
        lambda session, clinic, before, after: rules_from(after).is_never_later_than(
            rules_from(before)
        ),
    ),
    "closure": Kind(
        (Role.COORDINATOR, Role.ADMINISTRATOR),
        True,
        _read_closure,
        _any,
        _put_closure,
        lambda session, clinic, before, after: bool(after),
    ),
    QUIET: Kind(
        LEADERS,
        False,
        lambda session, clinic, part: QuietHours(
            clinic.quiet_from, clinic.quiet_until
        ).as_json(),
        _check_quiet,
        _put_quiet,
        lambda session, clinic, before, after: quiet_from(after).lies_within(
            quiet_from(before)
        ),
    ),
    LAST_RESORT: Kind(
        LEADERS,
        False,
        lambda session, clinic, part: {"staff_id": clinic.last_resort_id},
        lambda session, clinic, part, after: check_last_resort(
            session, clinic.id, after["staff_id"]
        ),
        _put_last_resort,
        # whoever can't be reached is replaced at once
        lambda session, clinic, before, after: (
            not is_able(session, clinic.id, before["staff_id"])
        ),
    ),
    REVIEWS: Kind(
        LEADERS,
        False,
        lambda session, clinic, part: {"days": clinic.review_interval_days},
        _check_reviews,
        _put_reviews,
        lambda session, clinic, before, after: after["days"] <= before["days"],
    ),
    "policy": Kind(
        (Role.COORDINATOR, Role.ADMINISTRATOR),
        False,
        _read_policy,
        _check_policy,
        _put_policy,
        lambda session, clinic, before, after: False,
    ),
    own_values.NAME: Kind(
        (Role.COORDINATOR, Role.ADMINISTRATOR),
        True,
        own_values.read,
        own_values.check,
        lambda session, clinic, part, after, row, now: own_values.put(
            session, clinic, part, after, row, now=now
        ),
        own_values.is_safer,
    ),
    order_rules.NAME: Kind(
        (Role.COORDINATOR, Role.ADMINISTRATOR),
        False,
        order_rules.read,
        order_rules.check,
        lambda session, clinic, part, after, row, now: order_rules.put(
            session, clinic, after, now=now
        ),
        order_rules.is_safer,
    ),
    webhook_agreements.NAME: Kind(
        LEADERS,
        False,
        webhook_agreements.read,
        _any,
        lambda session, clinic, part, after, row, now: webhook_agreements.put(
            session, clinic, part, now=now
        ),
        lambda session, clinic, before, after: False,
    ),
    "recall": Kind(
        (Role.COORDINATOR, Role.ADMINISTRATOR),
        False,
        lambda session, clinic, part: {
            "is_in_force": _recall(session, clinic, part).withdrawn_at is None
        },
        _any,
        _put_recall,
        lambda session, clinic, before, after: False,
    ),
}
