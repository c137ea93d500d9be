"""Why a pump's dates are what they are: the very values that they were worked out from."""

from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from sqlalchemy.orm import Session

from tracker.domain.account import Line, account
from tracker.domain.danger import Basis, Term, WatchKind
from tracker.domain.levels import Question
from tracker.domain.reservoir import counts_from, latest_fill
from tracker.domain.residual import FEWEST_RATIOS
from tracker.models import Bolus, Programme, Pump, Reading, Refill, Watch
from tracker.services.charts import chart_of
from tracker.services.histories import Entry, pump_history, watches_of
from tracker.services.outlooks import Outlook, look_ahead


@dataclass(frozen=True, slots=True)
class Reckoned:
    """A date of the reservoir (None: never), what was asked, and the lines that lead to it.

    Without a line the fill was as low as that from the beginning.
    """

    name: str
    question: Question
    at: datetime | None
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """A pump's dates with their reasons, worked out afresh from the records in force.

    `watch` is what the clinic is reminded by; `is_current` that it says the same date as the
    records do now. `next_by_at` is the refill-by if the binding term fell away.
    """

    outlook: Outlook
    reckoned: tuple[Reckoned, ...]
    next_term: Term | None
    next_by_at: datetime | None
    own_ratios: tuple[Fraction, ...]
    records: tuple[Entry, ...]
    watch: Watch | None
    is_current: bool

    @property
    def computed_at(self) -> datetime | None:
        """When the watch's date was worked out; None where that was before it was kept."""
        said = self.watch.explanation.get("computed_at") if self.watch else None
        return datetime.fromisoformat(said) if said else None

    def newest(self, kind: str) -> Entry | None:
        """The newest record of a kind that was used."""
        return next((one for one in reversed(self.records) if one.kind == kind), None)


def explain(session: Session, pump: Pump) -> Explanation:
    """The dates of `pump` with everything that they follow from; nothing is written."""
    outlook = look_ahead(pump, chart_of(session, pump))
    watches = watches_of(session, pump)
    watch = next((one for one in watches if one.kind is WatchKind.REFILL), None)
    danger, basis = outlook.refill, outlook.basis
    coming = danger.terms[1] if danger and len(danger.terms) > 1 else None
    ratios = basis.ratios if basis and len(basis.ratios) >= FEWEST_RATIOS else ()
    return Explanation(
        outlook=outlook,
        reckoned=_reckoned(outlook),
        next_term=coming,
        next_by_at=basis.clinic.open_days.moved_back(coming.at) if basis and coming else None,
        own_ratios=ratios,
        records=_used(pump_history(session, pump)),
        watch=watch,
        is_current=watch is None or watch.danger_at == (danger and danger.refill_by_at),
    )


def _reckoned(outlook: Outlook) -> tuple[Reckoned, ...]:
    if outlook.basis is None or outlook.refill is None:
        return ()
    return tuple(_one(outlook.basis, *asked) for asked in outlook.basis.questions.items())


def _one(basis: Basis, name: str, asked: Question) -> Reckoned:
    lines = account(
        basis.history,
        down_to_ml=asked.down_to_ml,
        flow_factor=asked.flow_factor,
        use=asked.use,
    )
    at = lines[-1].end if lines else counts_from(latest_fill(basis.history))
    return Reckoned(name, asked, at, lines)


def _used(history: list[Entry]) -> tuple[Entry, ...]:
    """The records in force that the dates rest on, oldest first."""
    in_force = [one for one in reversed(history) if one.is_in_force]
    fills = [one for one in in_force if isinstance(one.record, Refill)]
    if not fills:
        return tuple(in_force)
    filled_at = fills[-1].at
    programmes = [one for one in in_force if isinstance(one.record, Programme)]
    ran = [one for one in programmes if one.at <= filled_at][-1:]
    since = [
        one
        for one in in_force
        if one.at >= filled_at and isinstance(one.record, Refill | Programme | Bolus | Reading)
    ]
    battery = [one for one in in_force if _is_of_battery(one)]
    kept = [*ran, *since, *battery]
    return tuple(one for one in in_force if any(one is other for other in kept))


def _is_of_battery(entry: Entry) -> bool:
    record = entry.record
    return isinstance(record, Reading) and (
        record.battery_months is not None or record.eri_on is not None
    )
