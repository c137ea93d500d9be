"""A refill as the nurse entered it."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from tracker.models import Guide
from tracker.services.programmes import ProgrammeFacts


@dataclass(frozen=True, slots=True)
class DrugFacts:
    """One drug of the fill as the nurse entered it; the first is the primary one."""

    drug_code: str
    concentration_mcg_per_ml: Decimal
    is_diluted: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefillFacts:
    """A refill as the nurse entered it. None is "not recorded", never zero.

    `programme` None: the pump runs on as it was. `priming_volume_ml` left the reservoir to fill
    dry tubing; `is_bridged` runs the old drug out of tubing and catheter at the old dose, with
    the volume and the minutes that the programmer shows, or else by our own reckoning.
    `checked_by_id` is the second person; where nobody was there, `unchecked_because` says why.
    """

    filled_at: datetime
    instilled_volume_ml: Decimal
    drugs: tuple[DrugFacts, ...]
    expected_residual_volume_ml: Decimal | None = None
    actual_residual_volume_ml: Decimal | None = None
    programme: ProgrammeFacts | None = None
    is_bridged: bool = False
    bridge_volume_ml: Decimal | None = None
    bridge_minutes: Decimal | None = None
    priming_volume_ml: Decimal | None = None
    is_first_fill: bool = False
    pharmacist_limit_days: Decimal | None = None
    beyond_use_on: date | None = None
    lot: str = ""
    printed_alarm_on: date | None = None
    checked_by: str = ""
    checked_by_id: int | None = None
    unchecked_because: str = ""
    lot_expires_on: date | None = None
    needle_kit: str = ""
    septum_attempts: int | None = None
    guided_by: Guide | None = None
    test_aspiration: str = ""
