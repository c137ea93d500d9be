"""What is refused, by name. Each message is a sentence that can be shown to a nurse."""


class TrackerError(Exception):
    """A state that is refused.

    `field` names the form field (or record key) the sentence belongs beside; `code` is the word
    a program reads.
    """

    code = "refused"

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class NotANumber(TrackerError):
    code = "not_a_number"


class OutOfRange(TrackerError):
    code = "out_of_range"


class UnknownUnit(TrackerError):
    code = "unknown_unit"


class MissingUnit(UnknownUnit):
    code = "missing_unit"


class NegativeQuantity(TrackerError):
    code = "negative_quantity"


class UnclearDate(TrackerError):
    code = "unclear_date"


class NonexistentLocalTime(TrackerError):
    code = "nonexistent_local_time"


class AmbiguousLocalTime(TrackerError):
    code = "ambiguous_local_time"


class RateAboveMaximum(TrackerError):
    code = "rate_above_maximum"


class RateBelowMinimum(TrackerError):
    code = "rate_below_minimum"


class VolumeAboveCapacity(TrackerError):
    code = "volume_above_capacity"


class InTheFuture(TrackerError):
    code = "in_the_future"


class UnknownDrugLimit(TrackerError):
    code = "unknown_drug_limit"


class CannotProject(TrackerError):
    """A date that can't be computed: an alarm, never a blank."""

    code = "cannot_project"


class NoFill(CannotProject):
    code = "no_refill"


class NoProgramme(CannotProject):
    code = "no_programme"


class UnsourcedConstant(TrackerError):
    code = "unsourced_constant"


class SilentPolicy(TrackerError):
    """A ladder that could fall silent, or flood; `step` is the number of the one at fault."""

    code = "silent_policy"

    def __init__(
        self, message: str, *, field: str | None = None, step: int | None = None
    ) -> None:
        super().__init__(message, field=field)
        self.step = step


class ChangedMeanwhile(TrackerError):
    """Somebody else wrote to the same pump since this page was opened."""

    code = "changed_meanwhile"


class HandedOver(TrackerError):
    """The patient has gone to another clinic since this page was opened."""

    code = "handed_over"


class NeedsReason(TrackerError):
    """Implausible but possible: held until a person says why it is right.

    `concerns` are the sentences to be shown, one for each thing that is unusual.
    """

    code = "needs_reason"

    def __init__(self, concerns: tuple[str, ...]) -> None:
        super().__init__(" ".join(concerns))
        self.concerns = concerns


class NoProgrammer(TrackerError):
    """Gas drives this pump: nothing in it can be read, and nothing prints a date for it."""

    code = "no_programmer"
