"""A clinic in which all is well, and rows that break a promise, or lie beside one that does.

The rows are written past the services, for the audit must not rely on them.
"""

from datetime import timedelta

import sqlalchemy as sa

from tests.cast import a_ward, a_watched_pump
from tracker.domain.danger import WatchKind
from tracker.domain.message import Channel, MessageState
from tracker.models import Absence, Attempt, Membership, Message, SilenceRow, Watch
from tracker.services import audits, heartbeats
from tracker.services.faults import Cause, raise_fault

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
TWILIO = "SM" + "0" * 32


class World:
    """One clinic with a quiet pump, and rows to put beside it."""

    def __init__(self, session, now):
        self.session, self.now = session, now
        self.ward = a_ward(session)
        self.quiet = self.pump(next_action_at=now + 5 * DAY)
        self.beat(now - MINUTE)

    def pump(self, *, danger_at=None, next_action_at=None, ward=None, owner=None, **facts):
        at = next_action_at or self.now + DAY
        danger_at = danger_at or self.now + 60 * DAY
        ward = ward or self.ward
        watch = a_watched_pump(
            self.session, ward, danger_at=danger_at, next_action_at=at, **facts
        )
        watch.owner = owner or watch.owner
        return watch

    def closed(self, *, owner=None, kind=WatchKind.MISMATCH, pump=None, **facts):
        """A watch that is over since yesterday."""
        row = Watch(
            clinic_id=self.ward.clinic.id,
            pump_id=(pump or self.quiet.pump).id,
            kind=kind,
            counts_from_at=self.now - 9 * DAY,
            risk_class=self.quiet.risk_class,
            policy_id=self.quiet.policy_id,
            owner_id=(owner or self.ward.nadia).id,
            closed_at=self.now - DAY,
            evidence_kind="reading",
            evidence_id=1,
            **{"danger_at": self.now - 3 * DAY, "opened_at": self.now - 9 * DAY} | facts,
        )
        self.session.add(row)
        self.session.flush()
        return row

    def urgent(self, **facts):
        """A watch on the first urgent step of its policy, and that step's interval."""
        watch = self.pump(level="urgent", danger_at=self.now + 6 * DAY, **facts)
        steps = watch.policy.steps
        watch.cursor = next(one["ordinal"] for one in steps if one["level"] == "urgent")
        return watch, timedelta(minutes=steps[watch.cursor - 1]["repeat_minutes"])

    def message(self, watch, *, to=None, contact=None, ago=HOUR, state="sent", **facts):
        number = self.session.scalar(sa.select(sa.func.count(Message.id)))
        at = self.now - ago
        staff = None if contact else to or self.ward.nadia
        sent_at = at if state in ("sent", "delivered", "unknown") else None
        row = Message(
            **{
                "key": f"{watch.id}:1:{number}:x:email",
                "clinic_id": watch.clinic_id,
                "watch_id": watch.id,
                "step": 1,
                "round": number,
                "level": "info",
                "template": "refill_late",
                "staff_id": staff and staff.id,
                "contact_id": contact and contact.id,
                "channel": Channel.EMAIL,
                "state": MessageState(state),
                "due_at": at,
                "planned_at": at,
                "sent_at": sent_at,
                "reference": f"r{number}",
            }
            | facts
        )
        self.session.add(row)
        self.session.flush()
        return row

    def text(self, watch, **facts):
        return self.message(watch, channel=Channel.SMS, **{"provider_id": TWILIO} | facts)

    def battery(self, pump):
        """The pump has a battery from now on, and its watch."""
        row = Watch(
            clinic_id=pump.clinic_id,
            pump_id=pump.id,
            kind=WatchKind.BATTERY,
            danger_at=self.now + 300 * DAY,
            counts_from_at=self.now - 9 * DAY,
            risk_class=self.quiet.risk_class,
            policy_id=self.quiet.policy_id,
            next_action_at=self.now + DAY,
            owner_id=pump.owner_id,
            opened_at=self.now - 9 * DAY,
            open_key=f"{pump.id}:battery",
        )
        self.session.add(row)
        self.session.flush()
        pump.has_battery = True
        self.session.flush()

    def silence(self, watch, *, until, kind="acknowledgement", level="warn", **facts):
        row = SilenceRow(
            watch_id=watch.id,
            kind=kind,
            reason="she is on holiday",
            began_at=self.now - 20 * DAY,
            until=until,
            by_id=self.ward.nadia.id,
            level=level,
            danger_at=watch.danger_at,
            **facts,
        )
        self.session.add(row)
        self.session.flush()
        return row

    def deputy_of(self, who, deputy, *, clinic=None):
        clinic = clinic or self.ward.clinic
        asked = sa.select(Membership).where(
            Membership.staff_id == who.id, Membership.clinic_id == clinic.id
        )
        self.session.scalars(asked).one().deputy_id = deputy.id
        self.session.flush()

    def away(self, who, *, deputy=None, begins=-HOUR, ends=HOUR, clinic=None, **facts):
        row = Absence(
            clinic_id=(clinic or self.ward.clinic).id,
            staff_id=who.id,
            starts_at=self.now + begins,
            ends_at=self.now + ends,
            deputy_id=deputy and deputy.id,
            recorded_at=self.now,
            recorded_by_id=who.id,
            **facts,
        )
        self.session.add(row)
        self.session.flush()
        return row

    def tried(self, watch, outcome, *, times, ago=10 * MINUTE, **facts):
        for _ in range(times):
            message = self.message(watch, **facts)
            self.session.add(
                Attempt(message_id=message.id, started_at=self.now - ago, outcome=outcome)
            )
        self.session.flush()

    def failing(self, channel=Channel.EMAIL, *, since):
        """The alarm that most of what this clinic sends on this way fails."""
        number = self.ward.clinic.id
        cause = Cause(f"clinic:{number}:system:channel_{channel}", number, "Most of it fails.")
        raise_fault(self.session, WatchKind.SYSTEM, cause, now=since)
        alarm = self.session.scalars(sa.select(Watch).filter_by(open_key=cause.open_key)).one()
        alarm.next_action_at = self.now + DAY

    def beat(self, at):
        heartbeats.beat(
            self.session,
            planned=0,
            skipped=0,
            oldest=0,
            breaches=[],
            faults=[],
            host="h",
            now=at,
        )

    def audit(self, **where):
        self.session.flush()
        look, last = heartbeats.look(self.session), heartbeats.newest(self.session)
        return audits.audit(self.session, look, last, now=self.now, **where)

    def found(self):
        return [(one.promise, one.ref) for one in self.audit()]

    def names(self, promise, row):
        """Whether exactly this is found, and of this clinic."""
        (breach,) = self.audit()
        place = breach.ref.split(":")[-1]
        assert breach.promise == promise
        assert row is None or place == str(row.id)
        assert breach.clinic_id in (self.ward.clinic.id, None)
        return True
