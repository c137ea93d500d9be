"""Whether what was to be said has arrived, by what the attempts and the reports say."""

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from tracker.domain.danger import WatchKind
from tracker.domain.message import Channel, MessageState
from tracker.domain.outgoing import Refusal
from tracker.models import Attempt, Clinic, DeliveryReport, Message, Watch
from tracker.models.message import UNKNOWN_OPEN, UNREPORTED
from tracker.services.audit_moments import FAILING_FROM, NOW, UNREPORTED_AT, Rows
from tracker.services.bounces import PROVIDER
from tracker.services.breaches import key_in_rows

# What says nothing of the channel: an attempt under way, and what is wrong with one message.
NO_EVIDENCE = ("started", Refusal.BAD_ADDRESS, Refusal.OPTED_OUT, Refusal.UNFIT)
FEWEST_ATTEMPTS = 10  # in an hour; ours: fewer say nothing
TWILIO = "SM" + "_" * 32  # its name of a message; it reports on each, for we ask it to


def unclear_and_forgotten() -> Rows:
    """Messages that perhaps never arrived, of open watches, with nothing that followed."""
    later, phone = aliased(Message), aliased(Watch)
    # inside another question they are about its rows, which has to be said
    again = (
        sa.exists()
        .where(
            later.watch_id == Message.watch_id,
            later.id > Message.id,
            later.staff_id == Message.staff_id,
        )
        .correlate(Message)
    )
    asked = (
        sa.exists()
        .where(
            phone.kind == WatchKind.UNDELIVERABLE,
            phone.pump_id == Watch.pump_id,
            sa.or_(phone.closed_at.is_(None), phone.opened_at >= Message.planned_at),
        )
        .correlate(Message, Watch)
    )
    concerns = sa.exists().where(
        Watch.id == Message.watch_id,
        Watch.closed_at.is_(None),
        sa.or_(
            sa.and_(Message.staff_id.is_not(None), sa.not_(again)),
            sa.and_(Message.contact_id.is_not(None), sa.not_(asked)),
        ),
    )
    return sa.select(Message.clinic_id, Message.id).where(sa.text(UNKNOWN_OPEN), concerns)


def texts_unreported() -> Rows:
    """Texts of open watches of which a provider that does report has said nothing for a day.

    One that has reached the same person since makes good for it.
    """
    later = aliased(Message)
    is_open = sa.exists().where(Watch.id == Message.watch_id, Watch.closed_at.is_(None))
    arrived = sa.exists().where(
        later.watch_id == Message.watch_id,
        later.id > Message.id,
        later.state == MessageState.DELIVERED,
        sa.or_(
            later.staff_id == Message.staff_id,
            later.contact_id == Message.contact_id,
        ),
    )
    reports = sa.exists().where(DeliveryReport.provider != PROVIDER)  # of an e-mail
    return sa.select(Message.clinic_id, Message.id).where(
        sa.text(UNREPORTED),
        Message.sent_at <= UNREPORTED_AT,
        is_open,
        sa.not_(arrived),
        sa.or_(Message.provider_id.like(TWILIO), reports),
    )


def failing(channel: Channel) -> str:
    """The promise of the alarm on a way of sending that fails."""
    return f"channel_{channel}"


def channel_failing(channel: Channel) -> Rows:
    """Clinics of whose attempts of the last hour on this way more than half failed.

    While that is an alarm more than a third keeps it: on the border between well and ill it
    would open and close again and again.
    """
    count = sa.func.count()
    failed = sa.func.sum(sa.case((Attempt.outcome.in_(("sent", "started")), 0), else_=1))
    key = key_in_rows(Message.clinic_id, failing(channel))
    is_alarm = sa.exists().where(Watch.open_key == key).correlate(Message)
    return (
        sa.select(Message.clinic_id, sa.func.max(Message.id))
        .select_from(Attempt)
        .join(Message, Message.id == Attempt.message_id)
        .where(
            Attempt.started_at > FAILING_FROM,
            Attempt.started_at <= NOW,
            Message.channel == channel,
        )
        .group_by(Message.clinic_id)
        .having(
            count >= FEWEST_ATTEMPTS,
            sa.or_(failed * 2 > count, sa.and_(failed * 3 > count, is_alarm)),
        )
    )


def channel_not_mended(channel: Channel) -> Rows:
    """Clinics in which that is an alarm, and of whose attempts since then the last failed.

    What fails is tried ever less often, so the hour holds too few to say anything. That is no
    evidence that anything arrives: only one that was taken is.
    """
    alarm = aliased(Watch)
    # None without an alarm: SQLite would begin with all that was ever tried, for nothing
    since = sa.select(sa.func.min(alarm.opened_at)).join(
        Clinic, alarm.open_key == key_in_rows(Clinic.id, failing(channel))
    )
    newest = sa.func.max(Attempt.id)
    failed = sa.func.max(sa.case((Attempt.outcome != "sent", Attempt.id), else_=0))
    return (
        sa.select(Message.clinic_id, sa.func.max(Message.id))
        .select_from(Clinic)
        .join(Watch, Watch.open_key == key_in_rows(Clinic.id, failing(channel)))
        .join(Attempt, Attempt.started_at >= Watch.opened_at)
        .join(
            Message,
            sa.and_(Message.id == Attempt.message_id, Message.clinic_id == Clinic.id),
        )
        .where(
            Attempt.started_at >= since.scalar_subquery(),
            Attempt.started_at <= NOW,
            Attempt.outcome.not_in(NO_EVIDENCE),
            Message.channel == channel,
        )
        .group_by(Message.clinic_id)
        .having(failed == newest)
    )


def channel_untried(channel: Channel) -> Rows:
    """Clinics in which that is an alarm, and where nothing since says how it is now.

    What is refused for good is not tried again: were nothing else due, an hour without any try
    would end the alarm. What went another way says nothing of this one.
    """
    tried = (
        sa.exists()
        .where(
            Attempt.started_at >= Watch.opened_at,
            Attempt.started_at <= NOW,
            Attempt.outcome.not_in(NO_EVIDENCE),
            Message.id == Attempt.message_id,
            Message.clinic_id == Clinic.id,
            Message.channel == channel,
        )
        .correlate(Clinic, Watch)
    )
    return (
        sa.select(Clinic.id, Watch.id)
        .join(Watch, Watch.open_key == key_in_rows(Clinic.id, failing(channel)))
        .where(sa.not_(tried))
    )
