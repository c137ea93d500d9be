"""Recording a refill: what was found, what was put in, how the pump runs on."""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.blank import is_blank
from tracker.domain.danger import RefillDanger
from tracker.domain.doses import DrugDose
from tracker.domain.errors import NeedsReason
from tracker.domain.evidence import Evidence, EvidenceKind, is_new_fill
from tracker.domain.infusion import Programme
from tracker.domain.residual import Residual
from tracker.domain.risk import RiskClass
from tracker.domain.stability import DrugLimit
from tracker.models import Bolus as BolusRow
from tracker.models import Drug, Pump, Refill, RefillDrug, Staff
from tracker.models import Programme as ProgrammeRow
from tracker.services.appointments import settle_by_refill
from tracker.services.bridges import BridgePreview, preview_bridge
from tracker.services.charts import Chart, chart_of, chart_with, charts_around
from tracker.services.corrections import check_correctable, rows_set_with, void_copy
from tracker.services.countersigns import settle_dispute
from tracker.services.outlooks import look_ahead
from tracker.services.refill_checks import (
    bolus_rows,
    check_refill,
    doses_around,
    fill_limit,
    proposed_chart,
    refill_concerns,
    residual_of,
)
from tracker.services.refill_facts import DrugFacts as DrugFacts
from tracker.services.refill_facts import RefillFacts as RefillFacts
from tracker.services.second_people import check_second
from tracker.services.versions import take_version
from tracker.services.watches import reproject

BESIDE = (
    *("checked_by", "checked_by_id", "unchecked_because", "lot_expires_on"),
    *("needle_kit", "septum_attempts", "guided_by", "test_aspiration"),
)


@dataclass(frozen=True, slots=True)
class RefillPreview:
    """What a refill would mean, before it is saved.

    `doses` are what is given a day of every drug of the fill; `old_doses` of the fill before.
    """

    expected_by_us_ml: Decimal | None
    residual: Residual | None
    limit: DrugLimit
    old: RefillDanger | None
    new: RefillDanger | None
    cannot: str | None
    risk: RiskClass
    concerns: tuple[str, ...]
    doses: tuple[DrugDose, ...]
    old_doses: tuple[DrugDose, ...]
    bridge: BridgePreview | None
    programme: Programme | None


def preview_refill(
    session: Session,
    pump: Pump,
    facts: RefillFacts,
    *,
    replaces: Refill | None = None,
    now: datetime,
) -> RefillPreview:
    """Residual, dates, binding rule and whatever is unusual; writes nothing.

    Refuses what can't be: a volume above the reservoir, a rate outside the pump's range, a time
    in the future, a mixture without a limit.
    """
    present, earlier = charts_around(session, pump, replaces)
    preview = _weigh(pump, facts, earlier, now=now)
    return replace(preview, old=look_ahead(pump, present).refill)


def _weigh(pump: Pump, facts: RefillFacts, earlier: Chart, *, now: datetime) -> RefillPreview:
    """The same but for the old dates: they are to be shown, and weigh nothing."""
    check_refill(pump, facts, now=now)
    limit = fill_limit(pump, facts)
    proposed = proposed_chart(pump, earlier, facts, limit)
    outlook = look_ahead(pump, proposed)
    ours, residual = residual_of(earlier, facts)
    before, then = doses_around(earlier, proposed, facts)
    return RefillPreview(
        expected_by_us_ml=ours,
        residual=residual,
        limit=limit,
        old=None,
        new=outlook.refill,
        cannot=outlook.cannot,
        risk=outlook.risk,
        concerns=refill_concerns(pump, earlier, proposed, facts, outlook),
        doses=then,
        old_doses=before,
        bridge=preview_bridge(pump, earlier, proposed, facts),
        programme=proposed.running(facts.filled_at),
    )


def record_refill(
    session: Session,
    pump: Pump,
    facts: RefillFacts,
    *,
    reason: str = "",
    seen_version: int | None = None,
    replaces: Refill | None = None,
    by: Staff,
    now: datetime,
) -> Refill:
    """Write the refill down; it is the evidence that ends the present refill watch.

    With `replaces` it corrects an earlier row, which stays, together with the programme and the
    boluses set with it. A late entry, older than the newest refill, ends nothing.
    """
    take_version(session, pump, seen_version)
    if replaces is not None:
        check_correctable(session, replaces, reason)
    check_second(session, pump, facts, replaces=replaces, by=by)
    earlier = chart_of(session, pump, without=replaces)
    preview = _weigh(pump, facts, earlier, now=now)
    if preview.concerns and is_blank(reason):
        raise NeedsReason(preview.concerns)
    row = _refill_row(session, pump, facts, preview.limit)
    _sign(row, reason, by, now)
    row.replaces_id = replaces.id if replaces else None
    session.add(row)
    session.flush()
    beside = _set_with(session, pump, row, facts, earlier, replaces, reason, by, now)
    newest_at = earlier.latest_fill.fill.at if earlier.latest_fill else None
    is_new = is_new_fill(facts.filled_at, newest_at, is_correction=replaces is not None)
    because = Evidence(EvidenceKind.REFILL, row.id, is_new)
    if replaces is not None:
        settle_dispute(session, replaces, evidence=because, now=now)
    if is_new:
        settle_by_refill(session, pump, row, now=now)
    chart = chart_with(earlier, [row, *beside])
    reproject(session, pump, because=because, chart=chart, now=now)
    return row


def _refill_row(session: Session, pump: Pump, facts: RefillFacts, limit: DrugLimit) -> Refill:
    codes = [drug.drug_code for drug in facts.drugs]
    known = {
        row.code: row for row in session.scalars(sa.select(Drug).where(Drug.code.in_(codes)))
    }
    return Refill(
        pump=pump,
        filled_at=facts.filled_at,
        expected_residual_volume_ml=facts.expected_residual_volume_ml,
        actual_residual_volume_ml=facts.actual_residual_volume_ml,
        instilled_volume_ml=facts.instilled_volume_ml,
        is_first_fill=facts.is_first_fill,
        drug_limit_days=limit.days,
        drug_limit_source=limit.source,
        is_first_fill_limit=limit.is_first_fill,
        pharmacist_limit_days=facts.pharmacist_limit_days,
        beyond_use_on=facts.beyond_use_on,
        lot=facts.lot,
        printed_alarm_on=facts.printed_alarm_on,
        **{name: getattr(facts, name) for name in BESIDE},
        drugs=[
            RefillDrug(
                ordinal=ordinal,
                drug=known[drug.drug_code],
                concentration_mcg_per_ml=drug.concentration_mcg_per_ml,
                is_diluted=drug.is_diluted,
            )
            for ordinal, drug in enumerate(facts.drugs)
        ],
    )


def _set_with(
    session: Session,
    pump: Pump,
    refill: Refill,
    facts: RefillFacts,
    earlier: Chart,
    replaces: Refill | None,
    reason: str,
    by: Staff,
    now: datetime,
) -> list[ProgrammeRow | BolusRow]:
    """The programme and boluses set at this refill; those of a corrected one give way."""
    rows: list[ProgrammeRow | BolusRow] = list(bolus_rows(pump, earlier, facts))
    if facts.programme is not None:
        rows.append(facts.programme.row())
    gone = rows_set_with(session, replaces) if replaces else []
    for row in rows:
        row.pump, row.refill_id = pump, refill.id
        _sign(row, reason, by, now)
        old = next((one for one in gone if type(one) is type(row)), None)
        if old is not None:
            gone.remove(old)
            row.replaces_id = old.id
    session.add_all(rows)
    for old in gone:
        session.add(void_copy(old, reason=reason, by=by, now=now))
    session.flush()
    return rows


def _sign(row: Refill | ProgrammeRow | BolusRow, reason: str, by: Staff, now: datetime) -> None:
    row.reason, row.recorded_at, row.recorded_by_id = reason.strip(), now, by.id
