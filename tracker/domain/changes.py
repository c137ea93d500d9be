"""Why a date moved, in words: what of the records is other than before."""

from datetime import date

from tracker.domain.infusion import daily_dose_mcg
from tracker.domain.records import Mode, Programme
from tracker.domain.units import Quantity, format_quantity
from tracker.domain.wording import write_day


def why_programme(old: Programme | None, new: Programme, on: date) -> str:
    """What a programme changed, as the end of a sentence that begins with "because"."""
    day = write_day(on)
    if old is None:
        return f"the first programme was recorded, from {day} on"
    if new.mode is Mode.STOPPED:
        return f"the pump was stopped on {day}"
    if old.mode is Mode.STOPPED:
        return f"the pump was started again on {day}"
    before, then = daily_dose_mcg(old), daily_dose_mcg(new)
    if before is not None and then is not None and before != then:
        way = "rose" if then > before else "fell"
        amounts = [format_quantity(one, Quantity.DOSE) for one in (before, then)]
        return f"the dose {way} from {amounts[0]} to {amounts[1]} on {day}"
    if old.patient != new.patient:
        return f"the boluses that the patient may ask for changed on {day}"
    return f"the programme changed on {day}"


def tell_move(
    name: str, was: date | None, now_is: date | None, because: str, *, rules: tuple[str, str]
) -> str:
    """How a date moved and why, in one sentence. `rules`: what bound before, what binds now."""
    if now_is is None:
        stood = f"; it was {write_day(was)}" if was else ""
        return f"{name} can't be worked out{stood}, because {because}."
    if was is None:
        return f"{name} is {write_day(now_is)}, because {because}; before, there was no date."
    days = (now_is - was).days
    if days == 0:
        return (
            f"{name} stays {write_day(was)}, now set by the {rules[1]} and before by the"
            f" {rules[0]}, because {because}."
        )
    far = f"{abs(days)} day{'' if abs(days) == 1 else 's'} {'earlier' if days < 0 else 'later'}"
    return (
        f"{name} moved from {write_day(was)} to {write_day(now_is)}, {far}, because {because}."
    )
