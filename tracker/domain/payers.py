"""What payers were asked and have said of a pump's refills, and until when that covers them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from tracker.domain.orders import Days, PayerStep, Task
from tracker.domain.wording import write_day


@dataclass(frozen=True, slots=True)
class Payer:
    """One record of what a payer was asked or has said, in the order of recording."""

    step: PayerStep
    valid_from_on: date | None = None
    valid_until_on: date | None = None
    refills: int | None = None  # how many it is for; None: not limited
    happened_on: date = date.min

    def covers(self, on: date, filled_on: Sequence[date]) -> bool:
        """Whether a refill on that day is granted, after those that it was used for."""
        begins, ends = self.valid_from_on, self.valid_until_on
        if (
            self.step is not PayerStep.GRANTED
            or (begins and on < begins)
            or (ends and on > ends)
        ):
            return False
        since = begins or self.happened_on
        used = sum(since <= one <= (ends or one) for one in filled_on)
        return self.refills is None or used < self.refills


def authorisation_task(
    days: Days, payers: Sequence[Payer], filled_on: Sequence[date]
) -> Task | None:
    """What has to be done so that the payer pays; None where the day of need is granted."""
    if granted_until(days, payers, filled_on) is not None:
        return None
    said = [
        f"The next refill is on {write_day(days.goes_in_on)}, and no authorisation covers it."
    ]
    if payers and payers[-1].step is PayerStep.ASKED:
        said.append(
            f"It is asked for; the drug is to be ordered by {write_day(days.order_on)}."
        )
        return Task(days.order_on, tuple(said))
    if payers and payers[-1].step is PayerStep.REFUSED:
        said.append("The payer has refused it.")
    said += [_why_not(one, days.goes_in_on) for one in _grants(payers)[-1:]]
    said.append(f"Ask by {write_day(days.ask_on)}.")
    return Task(days.ask_on, tuple(said))


def granted_until(
    days: Days, payers: Sequence[Payer], filled_on: Sequence[date]
) -> date | None:
    """The last day on which the coming refill is granted; None where it isn't on its day."""
    covering = [one for one in _grants(payers) if one.covers(days.goes_in_on, filled_on)]
    return max((one.valid_until_on or date.max for one in covering), default=None)


def _grants(payers: Sequence[Payer]) -> list[Payer]:
    """The grants that count: a refusal ends what was granted before it.

    One without a first day counts the refills since it was asked for: the payer may have meant
    those that were done while it decided, and never those of the years before.
    """
    found: list[Payer] = []
    asked_on: date | None = None
    for one in payers:
        if one.step is PayerStep.REFUSED:
            found, asked_on = [], None
        elif one.step is PayerStep.ASKED:
            asked_on = min(one.happened_on, asked_on or one.happened_on)
        else:
            found.append(replace(one, happened_on=min(one.happened_on, asked_on or date.max)))
            asked_on = None
    return found


def _why_not(granted: Payer, on: date) -> str:
    if granted.valid_until_on is not None and granted.valid_until_on < on:
        return f"The last one ends on {write_day(granted.valid_until_on)}."
    if granted.valid_from_on is not None and on < granted.valid_from_on:
        return f"The last one begins on {write_day(granted.valid_from_on)}."
    return "The last one is used up."
