"""What a claimed message may say now, or why it must not be sent after all."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.day_report import Report
from tracker.domain.ladder import BOOKING
from tracker.domain.languages import in_order
from tracker.domain.outgoing import Notice
from tracker.domain.standing import Standing
from tracker.domain.urgency import is_late
from tracker.models import Clinic, Message, Watch
from tracker.services import (
    ceilings,
    day_report_contents,
    day_reports,
    hushes,
    quiet_hours,
    silences,
    wordings,
)
from tracker.services.afresh import Seen
from tracker.services.rosters import UNREACHABLE

# A reminder planned before the date and sent after it speaks of the date as it is now.
PAST_DANGER = {"refill_book": "refill_late"}


def standing(
    session: Session, seen: Seen, counted: ceilings.Counted | None = None, *, now: datetime
) -> Standing:
    """What decides whether this message may still be sent, as it is now.

    `counted` is what its reader was sent today, as far as that was asked at this moment.
    """
    beside, is_to_patient = seen.beside, seen.contact_id is not None
    ceiling = ceilings.reached(session, seen, counted, now=now)
    return Standing(
        is_over=seen.closed_at is not None,
        step=seen.step,
        cursor=_stands_on(session, seen),
        held_by=_held_by(session, seen, now=now) if beside.is_silenced else "",
        newer_waits=beside.has_newer,
        is_refused=seen.address_state in UNREACHABLE,
        gone=seen.to_name if seen.left_at is not None else "",
        is_to_patient=is_to_patient,
        is_restored=beside.is_restored,
        is_admitted=seen.admitted_at is not None,
        has_consent=beside.has_consent,
        was_told_today=_was_told_today(seen, now=now),
        was_told_step=beside.was_told_step,
        was_perhaps_told=seen.step <= seen.perhaps_told,
        quiet_until=quiet_hours.hold_until(session, seen, now=now),
        too_many=ceiling.reason if ceiling else "",
        too_many_until=ceiling.until if ceiling else None,
    )


def _held_by(session: Session, seen: Seen, *, now: datetime) -> str:
    silence = hushes.in_force(session, session.get_one(Watch, seen.watch_id), now=now)
    clinic = session.get_one(Clinic, seen.clinic_id)
    return silences.told(silence, clinic) if silence else ""


def _was_told_today(seen: Seen, *, now: datetime) -> bool:
    """In the clinic's day: of the same pump, or at this very moment."""
    beside, zone = seen.beside, seen.zone
    if beside.told_at is None:
        return beside.is_being_told
    told_on = beside.told_at.astimezone(zone).date()
    return beside.is_being_told or told_on >= now.astimezone(zone).date()


def _stands_on(session: Session, seen: Seen) -> int:
    """The step its watch stands on; the morning after a visit, the one that then spoke.

    That one may be told before its time, and a record that is written in between takes the
    watch back: staff are told all the same.
    """
    is_to_staff = seen.contact_id is None
    if is_to_staff and seen.leaves_at is not None and seen.template in BOOKING:
        return seen.step  # told before its time, since the patient leaves
    if not is_to_staff or seen.visit_at is None or seen.reopens_at is None:
        return seen.cursor
    if seen.step <= seen.cursor:
        return seen.cursor
    asked = sa.select(sa.func.min(Message.round)).where(
        Message.watch_id == seen.watch_id, Message.planned_at >= seen.reopens_at
    )
    return seen.step if seen.round == session.scalar(asked) else seen.cursor


def notice(session: Session, seen: Seen, *, now: datetime) -> Notice:
    """The facts this message speaks of, as they are now."""
    is_to_staff = seen.contact_id is None
    is_past = is_late(seen.danger_at, now=now)
    template = PAST_DANGER.get(seen.template, seen.template) if is_past else seen.template
    languages = in_order(None if is_to_staff else seen.patient_language, seen.language)
    return Notice(
        key=seen.key,
        reference=seen.reference or "",
        template=template,
        channel=seen.channel,
        to_address=seen.address or "",
        sms_sender=seen.sms_sender or "",
        to_name=seen.to_name,
        is_to_staff=is_to_staff,
        clinic_name=seen.clinic_name,
        clinic_phone=seen.clinic_phone,
        zone=seen.zone,
        kind=seen.kind,
        level=seen.watch_level,
        nth=seen.beside.earlier + 1,
        pump_id=seen.pump_id,
        is_admitted=seen.admitted_at is not None,
        initials=_initials(seen),
        given_name=seen.given_name or "",
        danger_at=seen.danger_at,
        dry_at=seen.dry_at,
        binding_rule=seen.binding_rule,
        explanation=_why(seen.explanation),
        note=seen.state_reason if seen.attempts <= 1 else "",
        never_say=(seen.family_name, seen.drugs) if seen.family_name is not None else (),
        languages=languages,
        own_words=_own_words(session, seen, template, languages),
        contact_id=seen.contact_id,
        files=tuple(seen.explanation.get("files", ())),
        report=_report(session, seen, now=now),
    )


def _report(session: Session, seen: Seen, *, now: datetime) -> Report | None:
    """What the clinic is told, as it is when it is sent and not when that was planned."""
    if seen.kind not in day_reports.KINDS:
        return None
    clinic = session.get_one(Clinic, seen.clinic_id)
    return day_report_contents.report(session, clinic, seen.kind, now=now)


def _own_words(
    session: Session, seen: Seen, template: str, languages: tuple[str, ...]
) -> dict[tuple[str, str], str]:
    if not seen.has_own_words:
        return {}
    clinic = session.get_one(Clinic, seen.clinic_id)
    return wordings.words_of(session, clinic, template, languages)


def _why(said: dict[str, Any]) -> str:
    """What a watch says of itself beside its dates."""
    reasons = said.get("reasons") or [said.get("sentence") or said.get("cannot") or ""]
    reasons = [*reasons, said.get("leaves", "")]
    return " ".join(str(one) for one in reasons if one)


def _initials(seen: Seen) -> str:
    return f"{(seen.given_name or '')[:1]}{(seen.family_name or '')[:1]}".upper()
