"""The call that was promised for a day: a watch of its own beside the one it is about.

It is opened with the call that names the day, and ended by the next call or with what it was
about. The board shows it once its day has passed.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.calendar import SECOND, start_of_day
from tracker.domain.danger import WatchKind
from tracker.domain.evidence import Evidence, EvidenceKind
from tracker.domain.wording import write_day
from tracker.models import Clinic, ContactAttempt, Watch
from tracker.services.lifespans import born, call_key, close, follow_policy, keep

DAY = timedelta(days=1)


def keep_promise(
    session: Session, watch: Watch, newest: ContactAttempt, *, now: datetime
) -> None:
    """Watch the day that the newest call about a watch names, and no day of an older call."""
    standing = session.scalar(sa.select(Watch).where(Watch.open_key == call_key(watch.id)))
    if standing is not None:
        if standing.explanation["attempt_id"] == newest.id:
            return
        close(session, standing, Evidence(EvidenceKind.CONTACT_ATTEMPT, newest.id), now=now)
        session.flush()  # the key is free before the next watch takes it
    if newest.next_call_on is not None and watch.closed_at is None:
        _open(session, watch, newest, now=now)


def _open(session: Session, about: Watch, newest: ContactAttempt, *, now: datetime) -> None:
    assert newest.next_call_on is not None
    zone = session.get_one(Clinic, about.clinic_id).zone
    promised = Watch(
        **born(
            WatchKind.CALL,
            call_key(about.id),
            clinic_id=about.clinic_id,
            pump_id=about.pump_id,
            owner_id=about.owner_id,
            now=now,
        )
    )
    promised.danger_at = start_of_day(newest.next_call_on + DAY, zone) - SECOND
    before = write_day(newest.called_at.astimezone(zone).date())
    said = f"The call before was on {before}, and the next to be on"  # no name: it is mailed
    promised.explanation = {
        "sentence": f"{said} {write_day(newest.next_call_on)}.",
        "about_id": about.id,
        "attempt_id": newest.id,
    }
    promised.drugs = about.drugs
    follow_policy(session, promised, about.risk_class, now=now)
    keep(session, promised, is_new=True, now=now)


def about_what(session: Session, watch: Watch) -> Watch:
    """The watch that a promised call is about; any other watch is about itself."""
    if watch.kind is not WatchKind.CALL:
        return watch
    return session.get_one(Watch, watch.explanation["about_id"])


def watch_promises(session: Session, *, now: datetime) -> int:
    """Open what is missing for calls that an older version took down; how many those were."""
    unwatched = _unwatched(session)
    for watch in unwatched:
        newest = session.scalars(
            sa.select(ContactAttempt)
            .where(ContactAttempt.watch_id == watch.id)
            .order_by(ContactAttempt.called_at.desc(), ContactAttempt.id.desc())
            .limit(1)
        ).one()
        keep_promise(session, watch, newest, now=now)
    return len(unwatched)


def _unwatched(session: Session) -> Sequence[Watch]:
    promised = sa.select(Watch.open_key).where(
        Watch.closed_at.is_(None), Watch.kind == WatchKind.CALL
    )
    keys = set(session.scalars(promised))
    asked = sa.select(Watch).where(Watch.closed_at.is_(None), Watch.next_call_on.is_not(None))
    return [one for one in session.scalars(asked).all() if call_key(one.id) not in keys]
