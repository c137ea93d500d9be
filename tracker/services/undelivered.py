"""When a message reached nobody, staff are told so: silence is never the end of it."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.danger import WatchKind
from tracker.domain.evidence import PUMP_ENDS, Evidence, EvidenceKind
from tracker.domain.message import Channel, MessageState
from tracker.models import Message, Pump, Watch
from tracker.services import addresses, ceilings, reached_again, silences, unreached
from tracker.services.asking import rows_from, spelt_out
from tracker.services.faults import Cause, raise_fault
from tracker.services.lifespans import close
from tracker.services.reached_again import (
    ALSO,
    FIRST,
    SINCE,
    STOPPED,
    about,
    end_of,
    stopped_key,
)
from tracker.services.rosters import EMAIL_ONLY, UNREACHABLE

_MAY_BE_MENDED = (
    Watch.closed_at.is_(None),
    Watch.next_action_at <= sa.bindparam("now", type_=Watch.next_action_at.type),
    Watch.kind.in_((WatchKind.UNDELIVERABLE, WatchKind.SYSTEM)),
)
MENDED_AT_ONCE = 500  # ours: the transaction stays short; the next tick sees to what is left

# put together once: it is asked at every tick
_TO_BE_MENDED = spelt_out(
    sa.select(Watch.id)
    .where(*_MAY_BE_MENDED)
    .order_by(Watch.next_action_at, Watch.id)  # as their index is, or all would be read
    .limit(MENDED_AT_ONCE)
)


def ask_to_telephone(session: Session, message: Message, *, now: datetime) -> None:
    """Open a watch: it is not known whether the patient was reached, so telephone."""
    sentence = (
        f"It is not known whether our {_thing(message)} arrived. "
        "It will not be sent a second time: please telephone."
    )
    _open(session, message, sentence, now=now)


def ask_whether_told(session: Session, message: Message, *, now: datetime) -> None:
    """Open a watch: restored records don't know whether this was said, so telephone."""
    sentence = (
        "The records were put back from a backup, and it is not known whether our "
        f"{_thing(message)} was sent before. It will not be sent now: please telephone."
    )
    _open(session, message, sentence, now=now)


def arrived(session: Session, message: Message, *, now: datetime) -> None:
    """End the watch that asked of this message alone whether it arrived; it is known now."""
    if message.watch.pump_id is None:
        return
    asked = sa.select(Watch).where(Watch.open_key == pump_key(message.watch.pump_id))
    watch = session.scalar(asked)
    if watch is not None and message.id in about(watch):
        answered(session, watch, now=now)


def answered(session: Session, watch: Watch, *, now: datetime) -> None:
    """End a watch on whom we can't write to, if what was written down answers all it asks.

    What it is asked about another in this very moment, nothing of before answers.
    """
    if watch.kind is not WatchKind.UNDELIVERABLE:
        return
    session.flush()
    session.refresh(watch, with_for_update={"of": Watch})
    if (evidence := reached_again.evidence(session, watch)) is not None:
        close(session, watch, evidence, now=now)


def answered_of(session: Session, patient_id: int, *, now: datetime) -> None:
    """The same of all that is asked about a patient."""
    asked = sa.select(Watch).join(Pump, Pump.id == Watch.pump_id)
    asked = asked.where(
        Pump.patient_id == patient_id,
        Watch.kind == WatchKind.UNDELIVERABLE,
        Watch.closed_at.is_(None),
    )
    for watch in session.scalars(asked).all():
        answered(session, watch, now=now)


def pump_key(pump_id: int) -> str:
    """The open key of the one watch on whom of a pump we can't write to."""
    return f"{pump_id}:undeliverable"


def report(session: Session, message: Message, why: str, *, now: datetime) -> None:
    """Open a watch: this person can't be reached at the address we hold, which may be right."""
    is_refused = addresses.state_of(message) in UNREACHABLE
    where = "address" if message.channel is Channel.EMAIL else "number"
    if message.contact_id is not None:
        whose = f"Our {_thing(message)}"
        doubted = f"The {where} may be right: please telephone instead."
        asks = f"Please telephone, and ask for another {where}." if is_refused else doubted
    else:
        name = message.staff.name if message.staff else "a colleague"
        whose = f"{_thing(message).capitalize()} to {name}"
        doubted = f"Please look at the {where}: if it is right, save it again."
        asks = f"Please mend the {where}." if is_refused else doubted
    _open(session, message, f"{whose} can't be delivered ({why}). {asks}", now=now)
    if message.watch.pump_id is not None:
        break_silences(session, message.watch.pump_id, now=now)


def ask_again(session: Session, pump: Pump, *, since: datetime, now: datetime) -> None:
    """Ask anew what had ended with a record that is struck out now: nobody was told by it."""
    asked = sa.select(Watch).where(
        Watch.pump_id == pump.id,
        Watch.kind == WatchKind.UNDELIVERABLE,
        Watch.closed_at >= since,
        Watch.evidence_kind.in_(
            PUMP_ENDS - {EvidenceKind.TRANSFER} | {EvidenceKind.WATCH, EvidenceKind.REFILL}
        ),
    )
    for watch in session.scalars(asked.order_by(Watch.id)).all():
        if reached_again.evidence(session, watch) is not None:
            continue
        for number in about(watch):
            message = session.get_one(Message, number)
            _open(session, message, watch.explanation["sentence"], now=now)
        if STOPPED in watch.explanation:
            _ask_as_before(session, watch, pump, now=now)


def _ask_as_before(session: Session, watch: Watch, pump: Pump, *, now: datetime) -> None:
    """Ask for another way with whom nothing is sent to, once more."""
    facts = dict(watch.explanation)
    cause = Cause(
        stopped_key(facts[STOPPED]),
        pump.clinic_id,
        facts.pop("sentence"),
        pump_id=pump.id,
        facts=tuple(facts.items()),
        owner_id=pump.owner_id,
    )
    raise_fault(session, WatchKind.UNDELIVERABLE, cause, now=now)


def break_silences(session: Session, pump_id: int, *, now: datetime) -> None:
    """Whoever has the pump's watches in hand counts on what was sent: they speak again."""
    silences.break_for(session, pump_id, "a message could not be delivered", now=now)


def end_mended(
    session: Session,
    *,
    channels: frozenset[Channel] = EMAIL_ONLY,
    only: int | None = None,
    now: datetime,
) -> int:
    """Close the due ones whose cause is gone, with the evidence for it; how many there were.

    A mended or new address is evidence, and so is the refill about which a patient was not
    reached. A message sent is not.
    """
    ids = to_be_mended(session, now=now) if only is None else [only]
    if not ids:
        return 0
    due = sa.select(Watch).where(*_MAY_BE_MENDED, Watch.id.in_(ids))
    ended = 0
    held = due.with_for_update(skip_locked=True)
    for watch in session.scalars(held, {"now": now}):
        is_fault = watch.kind is WatchKind.SYSTEM
        if is_fault and unreached.is_about(watch):
            evidence = unreached.over(session, watch, channels, now=now)
        elif is_fault:
            evidence = _over(session, watch, now=now)
        else:
            evidence = reached_again.evidence(session, watch)
        if evidence is not None:
            close(session, watch, evidence, now=now)
            ended += 1
    return ended


def to_be_mended(session: Session, *, now: datetime) -> list[int]:
    """Those that `end_mended` looks at, by number."""
    return list(rows_from(session).scalars(_TO_BE_MENDED, {"now": now}))


def _over(session: Session, fault: Watch, *, now: datetime) -> Evidence | None:
    """What ended the watch that this fault was about; nobody would mend it any more."""
    if "ceiling_of" in fault.explanation:
        is_over = ceilings.is_over(session, fault, now=now)
        return Evidence(EvidenceKind.UNDER_THE_CEILING, fault.id) if is_over else None
    beneath = session.get(Watch, fault.explanation.get("watch_id", 0))
    return end_of(beneath) if beneath else None


def _thing(message: Message) -> str:
    return "e-mail" if message.channel is Channel.EMAIL else "text message"


def _open(session: Session, message: Message, sentence: str, *, now: datetime) -> None:
    cause = _cause(session, message, sentence)
    for _ in range(2):  # the one that is open may end in the very moment
        if raise_fault(session, WatchKind.UNDELIVERABLE, cause, now=now):
            return
        if _add(session, cause.open_key, message, sentence, now=now):
            return


def _cause(session: Session, message: Message, sentence: str) -> Cause:
    watch = message.watch
    facts = ((FIRST, message.id), ("contact_id", message.contact_id))
    if message.contact_id is None or watch.pump_id is None:
        key = f"clinic:{message.clinic_id}:undeliverable:{message.staff_id}"
        return Cause(key, message.clinic_id, sentence, facts=facts)
    # where the pump is now: it may have been handed over since the message was written, or be
    # in this very moment
    asked = sa.select(Pump.clinic_id, Pump.owner_id).where(Pump.id == watch.pump_id)
    held = asked.with_for_update(read=True, key_share=True)
    clinic_id, owner_id = session.execute(held).one()
    return Cause(
        pump_key(watch.pump_id),
        clinic_id,
        sentence,
        pump_id=watch.pump_id,
        facts=facts,
        risk_class=watch.risk_class,
        owner_id=owner_id,
    )


def _add(
    session: Session, open_key: str, message: Message, sentence: str, *, now: datetime
) -> bool:
    """Let the watch that is open ask about this message too; False if none is open.

    Else what mends the other one would end it, and nobody be asked about this one any more.
    """
    asked = sa.select(Watch).where(Watch.open_key == open_key).with_for_update()
    watch = session.scalar(asked.execution_options(populate_existing=True))
    if watch is None:
        return False
    said, number = watch.explanation, _asked_as(session, about(watch), message)
    if number not in about(watch):
        said = said | {ALSO: [*said.get(ALSO, ()), number]}
    # a call of before this moment tells nobody of it
    said = said | {SINCE: said.get(SINCE, {}) | {str(number): now.isoformat()}}
    if sentence not in said["sentence"]:
        said = said | {"sentence": f"{said['sentence']} {sentence}"}
    watch.explanation = said
    session.flush()
    return True


def _asked_as(session: Session, numbers: list[int], message: Message) -> int:
    """The message of which the same is asked: of an address, or of what a restore forgot.

    Itself where there is none. Of what is unclear each one is asked about, for each may be
    reported on.
    """
    if message.state not in (MessageState.FAILED, MessageState.CANCELLED):
        return message.id
    same: tuple[sa.ColumnElement[bool], ...] = (Message.staff_id == message.staff_id,)
    if message.contact_id is not None:  # what ends the one watch doesn't end the other
        same = (Message.contact_id == message.contact_id, Message.watch_id == message.watch_id)
    asked = sa.select(Message.id).where(
        Message.id.in_(numbers),
        Message.id != message.id,
        Message.state == message.state,
        Message.channel == message.channel,
        *same,
    )
    return session.scalar(asked.limit(1)) or message.id
