"""Field-safety notices: each pump that one is about is watched until something is done for it.

A pump is looked at when a notice is entered and whenever the pump is recorded, corrected or
taken over, in the same transaction. See docs/decisions/0027-what-a-notice-is-about.md.
"""

from collections.abc import Sequence
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from tracker.domain.blank import is_blank
from tracker.domain.danger import WatchKind
from tracker.domain.evidence import Evidence, EvidenceKind
from tracker.domain.fitness import lint
from tracker.domain.recall import NotARecall, RecallFacts, Touch
from tracker.models import (
    Clinic,
    Patient,
    Pump,
    PumpModel,
    Recall,
    RecallModel,
    RecallPump,
    Staff,
    Watch,
)
from tracker.services.lifespans import born, close_keys, follow_policy, keep
from tracker.services.versions import stay_here

NO_MORE = "The pump's details were corrected: the notice is not about it."


def enter_recall(
    session: Session, clinic: Clinic, facts: RecallFacts, *, by: Staff, now: datetime
) -> Recall:
    """Write a notice down and find its pumps; it only makes things safer, and comes at once."""
    _check(session, clinic, facts)
    models = session.scalars(sa.select(PumpModel).where(PumpModel.code.in_(facts.models)))
    recall = Recall(
        clinic_id=clinic.id,
        models=list(models),
        recorded_at=now,
        recorded_by_id=by.id,
        withdrawn_because="",
        **facts.as_columns(),
    )
    session.add(recall)
    session.flush()
    for pump in pumps_of_models(session, clinic.id, facts.models):
        _look(session, pump, recall, by=by, now=now)
    return recall


def _check(session: Session, clinic: Clinic, facts: RecallFacts) -> None:
    if not facts.models:
        raise NotARecall("Choose the models that it is about.", field="models")
    if wrong := lint(facts.letter, to_patient=False, part="subject"):
        raise NotARecall(
            wrong[0].replace("A subject or short message", "A letter"), field="letter"
        )
    asked = sa.select(Recall.id).where(
        Recall.clinic_id == clinic.id,
        Recall.authority == facts.authority,
        Recall.reference == facts.reference,
        Recall.first_serial == facts.as_columns()["first_serial"],
        Recall.withdrawn_at.is_(None),
    )
    if session.scalar(asked) is not None:
        raise NotARecall("This notice is entered already.", field="reference")


def pumps_of_models(session: Session, clinic_id: int, codes: tuple[str, ...]) -> list[Pump]:
    """The clinic's active pumps of these models, found by index."""
    asked = (
        sa.select(Pump)
        .join(PumpModel, PumpModel.id == Pump.model_id)
        .where(Pump.clinic_id == clinic_id, PumpModel.code.in_(codes), Pump.ended_at.is_(None))
        .order_by(Pump.id)
        .options(joinedload(Pump.patient), joinedload(Pump.clinic))
    )
    return list(session.scalars(asked))


def look_at_pump(session: Session, pump: Pump, *, by: Staff, now: datetime) -> None:
    """Compare a pump, as it is on record now, with every notice that its clinic has entered."""
    if pump.ended_at is not None:
        return
    mine = (
        sa.select(Recall)
        .join(RecallModel, RecallModel.recall_id == Recall.id)
        .where(
            RecallModel.model_id == pump.model_id,
            Recall.clinic_id == pump.clinic_id,
            Recall.withdrawn_at.is_(None),
        )
    )
    for recall in session.scalars(mine.order_by(Recall.id)).all():
        _look(session, pump, recall, by=by, now=now)


def _look(session: Session, pump: Pump, recall: Recall, *, by: Staff, now: datetime) -> None:
    """Say what the notice means for one pump; what was done for another serial isn't this."""
    touch = recall.scope.touch(pump.serial, pump.implant_day)
    last = session.scalar(
        sa.select(RecallPump)
        .where(RecallPump.recall_id == recall.id, RecallPump.pump_id == pump.id)
        .order_by(RecallPump.id.desc())
        .limit(1)
    )
    is_same = last is not None and (last.touch, last.serial) == (touch, pump.serial)
    if is_same and last is not None and (last.is_open or last.done_what != NO_MORE):
        return
    if last is not None and last.is_open:
        _end(session, last, NO_MORE, now.astimezone(pump.clinic.zone).date(), by=by, now=now)
    if touch is Touch.UNAFFECTED:
        return
    row = RecallPump(
        recall=recall, pump=pump, touch=touch, serial=pump.serial, found_at=now, done_what=""
    )
    session.add(row)
    session.flush()
    _open_watch(session, row, now=now)


def _open_watch(session: Session, row: RecallPump, *, now: datetime) -> None:
    pump, recall = row.pump, row.recall
    watch = Watch(
        **born(
            WatchKind.RECALL,
            _key(row),
            clinic_id=pump.clinic_id,
            pump_id=pump.id,
            owner_id=pump.owner_id,
            now=now,
        )
    )
    watch.danger_at = now + recall.klass.answer_within
    watch.drugs, watch.explanation = "", {"sentence": _sentence(row), "recall_pump_id": row.id}
    follow_policy(session, watch, recall.klass.ladder, now=now)
    keep(session, watch, is_new=True, now=now)


def _sentence(row: RecallPump) -> str:
    named = f"{row.recall.authority} {row.recall.reference}: {row.recall.title}"
    if row.touch is Touch.AFFECTED:
        return f"A field-safety notice is about this pump. {named}."
    return (
        "A field-safety notice may be about this pump: by its records it can't be told."
        f" Look at the pump. {named}."
    )


def _key(row: RecallPump) -> str:
    return f"{row.pump_id}:recall:{row.id}"


def answer_recall(
    session: Session, row: RecallPump, *, what: str, done_on: date, by: Staff, now: datetime
) -> None:
    """End the watch of one pump with what was done for it; nothing else ends it."""
    if is_blank(what):
        raise NotARecall("Say what was done for this pump.", field="what")
    if done_on > now.astimezone(row.pump.clinic.zone).date():
        raise NotARecall("That day lies in the future.", field="done_on")
    _end(session, row, what.strip(), done_on, by=by, now=now)


def note_letter(session: Session, row: RecallPump, *, by: Staff, now: datetime) -> None:
    """Write down that the patient's letter is on its way; that ends no watch."""
    if row.letter_at is not None:
        raise NotARecall("This letter has been noted as sent already.")
    row.letter_at, row.letter_by_id = now, by.id
    session.flush()


def note_letters(
    session: Session, rows: Sequence[RecallPump], *, by: Staff, now: datetime
) -> int:
    """Write down which of these letters are on their way; one noted before keeps its day."""
    fresh = [row for row in rows if row.letter_at is None]
    for row in fresh:
        note_letter(session, row, by=by, now=now)
    return len(fresh)


def end_with_pump(session: Session, pump: Pump, *, what: str, by: Staff, now: datetime) -> None:
    """A pump that has ended needs nothing more of its notices."""
    for row in open_of_pump(session, pump.id):
        _end(session, row, what, now.astimezone(pump.clinic.zone).date(), by=by, now=now)


def return_with_pump(
    session: Session, pump: Pump, ended_at: datetime | None, *, now: datetime
) -> None:
    """What the end of a pump had ended of its notices is open again: it has not ended."""
    asked = sa.select(RecallPump).where(
        RecallPump.pump_id == pump.id, RecallPump.done_at == ended_at
    )
    for old in session.scalars(asked.order_by(RecallPump.id)).all():
        if old.recall.withdrawn_at is None:
            same = {"recall": old.recall, "pump": pump, "touch": old.touch}
            row = RecallPump(**same, serial=old.serial, found_at=now, done_what="")
            session.add(row)
            session.flush()
            _open_watch(session, row, now=now)


def withdraw_recall(
    session: Session, recall: Recall, *, because: str, by: Staff, now: datetime
) -> None:
    """Take a notice back, with what is open of it here; where a pump has gone it stays."""
    recall.withdrawn_at, recall.withdrawn_by_id = now, by.id
    recall.withdrawn_because = because
    for row in pumps_of_recall(session, recall):
        if row.is_open and row.pump.clinic_id == recall.clinic_id:
            day = now.astimezone(row.pump.clinic.zone).date()
            _end(session, row, f"The notice was withdrawn: {because}", day, by=by, now=now)
    session.flush()


def _end(
    session: Session, row: RecallPump, what: str, on: date, *, by: Staff, now: datetime
) -> None:
    """Write the end down, once: of two who answer at the same time one is told so."""
    stay_here(session, row.pump)
    ended = session.execute(
        sa.update(RecallPump)
        .where(RecallPump.id == row.id, RecallPump.done_at.is_(None))
        .values(done_what=what, done_on=on, done_at=now, done_by_id=by.id)
        .execution_options(synchronize_session=False)
    )
    if ended.rowcount != 1:  # type: ignore[attr-defined]
        raise NotARecall("Somebody has said already what was done for this pump.")
    session.refresh(row)
    close_keys(session, [_key(row)], Evidence(EvidenceKind.RECALL_PUMP, row.id), now=now)


def recalls(session: Session, clinic_id: int) -> list[tuple[Recall, int, int]]:
    """The clinic's notices, the newest first, each with its pumps and how many are open."""
    rows = session.scalars(
        sa.select(Recall)
        .where(Recall.clinic_id == clinic_id)
        .order_by(Recall.withdrawn_at.is_not(None), Recall.id.desc())
        .options(joinedload(Recall.recorded_by))
    ).all()
    is_open = sa.case((RecallPump.done_at.is_(None), 1), else_=0)
    asked = (
        sa.select(RecallPump.recall_id, sa.func.count(), sa.func.sum(is_open))
        .where(RecallPump.recall_id.in_([one.id for one in rows]))
        .group_by(RecallPump.recall_id)
    )
    counts = {number: (pumps, int(still)) for number, pumps, still in session.execute(asked)}
    return [(one, *counts.get(one.id, (0, 0))) for one in rows]


def pumps_of_recall(session: Session, recall: Recall) -> list[RecallPump]:
    """Each pump of a notice: the open ones first, what can't be told before what is known."""
    asked = (
        _rows()
        .where(RecallPump.recall_id == recall.id)
        .order_by(
            RecallPump.done_at.is_not(None),
            RecallPump.touch.desc(),
            Patient.family_name,
            RecallPump.id,
        )
    )
    return list(session.scalars(asked))


def open_of_pump(session: Session, pump_id: int) -> list[RecallPump]:
    """The notices for which something has still to be done for a pump."""
    asked = _rows().where(RecallPump.pump_id == pump_id, RecallPump.done_at.is_(None))
    return list(session.scalars(asked.order_by(RecallPump.id)))


def _rows() -> sa.Select[RecallPump]:
    pump = joinedload(RecallPump.pump)
    return (
        sa.select(RecallPump)
        .join(Pump, Pump.id == RecallPump.pump_id)
        .join(Patient, Patient.id == Pump.patient_id)
        .options(
            joinedload(RecallPump.recall),
            joinedload(RecallPump.done_by),
            joinedload(RecallPump.letter_by),
            pump.joinedload(Pump.patient),
            pump.joinedload(Pump.model),
            pump.joinedload(Pump.owner),
        )
    )
