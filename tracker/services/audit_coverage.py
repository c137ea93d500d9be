"""Whether a watch or a pump keeps quiet for longer than it may, by what its own row says."""

import sqlalchemy as sa

from tracker.domain.silence import SilenceKind
from tracker.models import Pump, SilenceRow, Watch
from tracker.services.audit_moments import ASLEEP_AT, LATE_AT, LONGEST_END, Rows
from tracker.services.pump_dues import PumpDue

# Said as the index of urgent watches says it: with a bound value SQLite would not use that. By
# the numbers, which it is in the order of: else SQLite reads through all that is open.
IS_URGENT = sa.and_(
    Watch.closed_at.is_(None), Watch.level == sa.literal_column("'urgent'"), Watch.id > 0
)


def silences_too_long() -> Rows:
    """In force past their end or the date, or given for longer than any may be."""
    clinic = sa.select(Watch.clinic_id).where(Watch.id == SilenceRow.watch_id)
    outlasts = sa.exists().where(
        Watch.id == SilenceRow.watch_id,
        Watch.closed_at.is_(None),
        sa.or_(
            SilenceRow.until <= LATE_AT,
            SilenceRow.until > LONGEST_END,
            SilenceRow.until > SilenceRow.danger_at,
            Watch.danger_at <= LATE_AT,
            sa.and_(SilenceRow.kind == SilenceKind.SNOOZE, SilenceRow.level == "urgent"),
        ),
    )
    return sa.select(clinic.scalar_subquery(), SilenceRow.watch_id).where(
        SilenceRow.ended_at.is_(None), outlasts
    )


def urgent_and_asleep() -> Rows:
    """Urgent watches that won't speak for longer than any urgent step may keep quiet.

    One that is taken in hand sleeps until then, and another question asks for how long.
    """
    is_silenced = sa.exists().where(
        SilenceRow.watch_id == Watch.id,
        SilenceRow.ended_at.is_(None),
        SilenceRow.until >= Watch.next_action_at,
    )
    # no bare column, or SQLite would go by the index of everything that is due later
    sleeps = sa.func.coalesce(Watch.next_action_at, ASLEEP_AT) > ASLEEP_AT
    return sa.select(Watch.clinic_id, Watch.id).where(IS_URGENT, sleeps, sa.not_(is_silenced))


def unseen(due: PumpDue) -> Rows:
    """Pumps of which something became due two ticks ago, and that no tick has seen to."""
    return sa.select(Pump.clinic_id, Pump.id).where(due.at <= LATE_AT)
