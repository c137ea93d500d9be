"""What a refill must be, what it implies, and what is unusual about it."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from tracker.domain.catalogue import load
from tracker.domain.day_patterns import about_lockout
from tracker.domain.doses import DrugDose
from tracker.domain.errors import (
    InTheFuture,
    NegativeQuantity,
    OutOfRange,
    TrackerError,
    VolumeAboveCapacity,
)
from tracker.domain.infusion import Fill, check_rates
from tracker.domain.plausibility import (
    about_interval,
    about_lot,
    about_mismatch,
    about_order,
    about_printed_share,
    about_secondary,
    about_volume,
)
from tracker.domain.residual import Residual, compare
from tracker.domain.stability import DrugInFill, DrugLimit, drug_limit
from tracker.domain.wording import write_day
from tracker.models import Bolus as BolusRow
from tracker.models import Pump
from tracker.services.bridges import bridge_concerns, bridge_rows
from tracker.services.catalogues import catalogue_for
from tracker.services.charts import Chart, ChartedFill, FilledDrug
from tracker.services.late_refills import late_concerns
from tracker.services.outlooks import (
    Outlook,
    drug_facts,
    expected_residual_ml,
    model_facts,
    pump_facts,
)
from tracker.services.programmes import (
    check_programme,
    doses_of,
    programme_concerns,
    rate_field,
    refuse_printed,
)
from tracker.services.refill_facts import RefillFacts

NOT_PRINTED = "The programmer's printed low-reservoir alarm date is missing."
LONGEST_LIMIT_DAYS = 3650  # more is a slip of the fingers, and leaves the calendar


class NoDrug(TrackerError):
    code = "no_drug"


class AlreadyFilled(TrackerError):
    code = "already_filled"


def _check_not_ended(pump: Pump, facts: RefillFacts) -> None:
    """A refill may be recorded late, but none was of a pump that was there no more."""
    on = pump.ended_on
    if on is not None and facts.filled_at.astimezone(pump.clinic.zone).date() > on:
        raise InTheFuture(
            f"This pump ended on {write_day(on)}, before that refill.", field="filled_at"
        )


def check_refill(pump: Pump, facts: RefillFacts, *, now: datetime) -> None:
    """Refuse what can't be true, with the field it stands in."""
    if facts.filled_at > now:
        raise InTheFuture("The refill lies in the future.", field="filled_at")
    day = pump.implant_day
    if day is not None and facts.filled_at.astimezone(pump.clinic.zone).date() < day:
        raise InTheFuture("The refill lies before the pump was implanted.", field="filled_at")
    _check_not_ended(pump, facts)
    for name in (
        "instilled_volume_ml",
        "actual_residual_volume_ml",
        "expected_residual_volume_ml",
        "priming_volume_ml",
    ):
        _check_volume(pump, getattr(facts, name), name)
    if facts.instilled_volume_ml == 0:
        raise NegativeQuantity("Enter the volume put in.", field="instilled_volume_ml")
    limit = facts.pharmacist_limit_days
    if limit is not None and not 0 < limit <= LONGEST_LIMIT_DAYS:
        raise OutOfRange(
            f"Give the limit in days, at most {LONGEST_LIMIT_DAYS}.",
            field="pharmacist_limit_days",
        )
    if not facts.drugs:
        raise NoDrug("Choose the drug that was put in.", field="drugs")
    for place, drug in enumerate(facts.drugs):
        if drug.drug_code not in load().drugs:
            raise NoDrug("Choose a drug from the list.", field=f"drugs-{place}-drug_code")
        if drug.concentration_mcg_per_ml <= 0:
            raise NegativeQuantity(
                "The concentration must be above zero.",
                field=f"drugs-{place}-concentration",
            )
    refuse_printed(pump, facts.printed_alarm_on)
    if facts.programme is not None:
        check_programme(facts.programme, pump)


def _check_volume(pump: Pump, volume_ml: Decimal | None, name: str) -> None:
    if volume_ml is None:
        return
    if volume_ml < 0:
        raise NegativeQuantity("A volume can't be less than zero.", field=name)
    if volume_ml > pump.reservoir_capacity_ml:
        raise VolumeAboveCapacity(
            f"{volume_ml:f} mL do not fit a {pump.reservoir_capacity_ml:f} mL reservoir.",
            field=name,
        )


def fill_limit(pump: Pump, facts: RefillFacts) -> DrugLimit:
    """How many days this fill may stay in the pump, and which rule says so."""
    return drug_limit(
        [DrugInFill(drug.drug_code, drug.is_diluted) for drug in facts.drugs],
        is_first_fill=facts.is_first_fill,
        pharmacist_limit_days=facts.pharmacist_limit_days,
        catalogue=catalogue_for(pump.clinic),
    )


def proposed_chart(pump: Pump, earlier: Chart, facts: RefillFacts, limit: DrugLimit) -> Chart:
    """The chart as it would stand with this refill; rates outside the pump's are refused."""
    if any(one.fill.at == facts.filled_at for one in earlier.fills):
        raise AlreadyFilled(
            "A refill at this very time is on record: correct it, or give the right time.",
            field="filled_at",
        )
    chart = earlier.with_fill(_charted(facts, limit))
    if facts.programme is not None:
        programme = facts.programme
        chart = chart.with_programme(programme.as_programme(), programme.printed_alarm_on)
    chart = chart.with_boluses(
        tuple(row.as_bolus() for row in bolus_rows(pump, earlier, facts))
    )
    if not chart.programmes:
        return chart
    field = rate_field(facts.programme)
    check_rates(chart.history, pump_facts(pump).limits, field=field)
    return chart


def _charted(facts: RefillFacts, limit: DrugLimit) -> ChartedFill:
    catalogue = load()
    return ChartedFill(
        id=None,
        fill=Fill(
            facts.filled_at,
            facts.instilled_volume_ml,
            facts.drugs[0].concentration_mcg_per_ml,
        ),
        drugs=tuple(
            FilledDrug(
                drug.drug_code,
                catalogue.drugs[drug.drug_code].name,
                drug.concentration_mcg_per_ml,
                drug.is_diluted,
            )
            for drug in facts.drugs
        ),
        drug_limit_days=limit.days,
        is_first_fill_limit=limit.is_first_fill,
        beyond_use_on=facts.beyond_use_on,
        printed_alarm_on=facts.printed_alarm_on,
        expected_residual_ml=facts.expected_residual_volume_ml,
        actual_residual_ml=facts.actual_residual_volume_ml,
    )


def bolus_rows(pump: Pump, earlier: Chart, facts: RefillFacts) -> Iterator[BolusRow]:
    """The bridge and priming boluses that this refill sets going, unsaved."""
    if facts.priming_volume_ml:
        yield BolusRow(
            started_at=facts.filled_at,
            kind="priming",
            volume_ml=facts.priming_volume_ml,
            duration_minutes=Decimal(0),
            suspends_basal=False,
        )
    yield from bridge_rows(pump, earlier, facts)


def residual_of(earlier: Chart, facts: RefillFacts) -> tuple[Decimal | None, Residual | None]:
    """What we expected to be left, and how far the measured residual is from expected.

    The programmer's expected residual is preferred over ours [S:25,48].
    """
    last = earlier.before(facts.filled_at).latest_fill
    ours = expected_residual_ml(earlier, facts.filled_at)
    stated = facts.expected_residual_volume_ml
    expected = ours if stated is None else stated
    measured = facts.actual_residual_volume_ml
    if expected is None or measured is None or last is None:
        return ours, None
    return ours, compare(last.fill.volume_ml, expected, measured)


def refill_concerns(
    pump: Pump, earlier: Chart, proposed: Chart, facts: RefillFacts, outlook: Outlook
) -> tuple[str, ...]:
    """Everything unusual about this refill; each must be explained before it is saved."""
    newest = earlier.latest_fill
    concerns = [
        *about_order(facts.filled_at, newest.fill.at if newest else None),
        *about_volume(facts.instilled_volume_ml, pump.reservoir_capacity_ml),
        *about_lot(facts.lot_expires_on, facts.filled_at.astimezone(pump.clinic.zone).date()),
        *_drug_concerns(earlier, facts),
        *bridge_concerns(pump, earlier, facts),
        *_programme_concerns(pump, earlier, proposed, facts),
        *about_secondary(*doses_around(earlier, proposed, facts)),
    ]
    if newest is not None and facts.filled_at < newest.fill.at:
        return (*concerns, *late_concerns(pump, earlier, proposed, facts))
    if newest is None or facts.filled_at > newest.fill.at:
        if outlook.refill is not None:
            concerns += about_interval(facts.filled_at, outlook.refill.low_at)
        concerns += about_mismatch(outlook.refill)
        if facts.printed_alarm_on is not None:
            concerns += about_printed_share(outlook.refill, facts.filled_at, pump.clinic.zone)
        if facts.printed_alarm_on is None and model_facts(pump).has_alarm:
            concerns.append(NOT_PRINTED)
    return tuple(concerns)


def _programme_concerns(
    pump: Pump, earlier: Chart, proposed: Chart, facts: RefillFacts
) -> tuple[str, ...]:
    fill = next(one for one in proposed.fills if one.id is None)
    running = [one for one in proposed.programmes if one.at <= facts.filled_at]
    if not running:
        return ("No programme is on record: the dates can't be computed until one is.",)
    said = programme_concerns(pump, earlier, fill, running[-1])
    if facts.programme is None:
        return said
    minutes = facts.programme.patient_bolus_lockout_minutes
    return (*said, *about_lockout(running[-1].patient, minutes))


def doses_around(
    earlier: Chart, proposed: Chart, facts: RefillFacts
) -> tuple[tuple[DrugDose, ...], tuple[DrugDose, ...]]:
    """What is given a day of every drug: until this refill, and from it on."""
    last = earlier.before(facts.filled_at)
    return (
        doses_of(last.programme, last.latest_fill),
        doses_of(proposed.running(facts.filled_at), proposed.filled(facts.filled_at)),
    )


def _drug_concerns(earlier: Chart, facts: RefillFacts) -> Iterator[str]:
    last = earlier.before(facts.filled_at).latest_fill
    if last is None:
        first_limits = [
            drug_facts(drug.drug_code).first_fill_limit_days for drug in facts.drugs
        ]
        if any(first_limits) and not facts.is_first_fill and not earlier.fills:
            yield "No earlier fill is on record: is it the pump's first, with a shorter limit?"
