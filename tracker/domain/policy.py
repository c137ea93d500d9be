"""Which ladders are refused: those that could fall silent, and those that would flood."""

from collections.abc import Sequence
from datetime import timedelta

from tracker.domain.danger import WatchKind
from tracker.domain.errors import SilentPolicy
from tracker.domain.ladder import LOUDNESS, OUTSIDE, Anchor, Ladder, Level, Step, Target
from tracker.domain.message import Channel

# All limits here are ours (P): no published policy names them.
SHORTEST_REPEAT = timedelta(minutes=15)  # below that a reminder is noise, and is switched off
LONGEST_REPEAT = timedelta(days=7)  # an urgent watch that speaks less often is forgotten
PATIENT_SPACING = timedelta(days=1)  # DOMAIN rule 6.2 d: one patient message a day and pump
FURTHEST = timedelta(days=730)  # a battery is planned for half a year ahead; more is a slip
NAME_LENGTH = 120  # what `watch.next_action` holds

# A printed date that differs from ours harms nobody by itself: the earlier of the two binds.
# A morning's list and a report are followed by the next one. A review is a matter of weeks.
HARMLESS = frozenset(
    {WatchKind.MISMATCH, WatchKind.LIST, WatchKind.REVIEW}
    | {WatchKind.DAY_REPORT, WatchKind.WEEK_REPORT}
)


# The dates that a watch of a kind has; any other has its opening alone.
WITH_EMPTY_DATE = frozenset(Anchor)
HAS_DATES = {
    WatchKind.REFILL: WITH_EMPTY_DATE,
    WatchKind.BATTERY: WITH_EMPTY_DATE,
    WatchKind.INTERROGATION: frozenset({Anchor.DANGER, Anchor.OPENED}),  # the hour of the scan
    WatchKind.VISIT: WITH_EMPTY_DATE,  # here the instant at which its day was closed
    WatchKind.ENDING: frozenset({Anchor.DANGER, Anchor.OPENED}),
    WatchKind.CALL: frozenset({Anchor.DANGER, Anchor.OPENED}),
    WatchKind.RECALL: frozenset({Anchor.DANGER, Anchor.OPENED}),
    WatchKind.ORDER: frozenset({Anchor.DANGER, Anchor.OPENED}),
    WatchKind.AUTHORISATION: frozenset({Anchor.DANGER, Anchor.OPENED}),
}
MAY_NEVER_COME = {
    WatchKind.BATTERY: "the end of the battery",
    WatchKind.VISIT: "a closed day",
}
OPENING_ALONE = frozenset({Anchor.OPENED})


def dates_of(kind: WatchKind) -> frozenset[Anchor]:
    """What the steps of a watch of this kind can be counted from."""
    return HAS_DATES.get(kind, OPENING_ALONE)


def validate(ladder: Ladder, kind: WatchKind | None = None) -> None:
    """Nothing, for a ladder that can neither fall silent nor flood; else SilentPolicy.

    Without a `kind` the ladder is held to the rules of a danger.
    """
    if not ladder.steps:
        raise SilentPolicy("A policy needs at least one step.", field="steps")
    for place, step in enumerate(ladder.steps, 1):
        if step.ordinal != place:
            raise SilentPolicy(
                f"Step {place} bears the number {step.ordinal}; steps count 1, 2, 3.",
                field="steps",
            )
        _check_step(step)
        if kind is not None and not dates_of(kind).issuperset(a for a, _ in step.offsets):
            _refuse(step, "it counts from a date that such a watch doesn't have")
    _check_order(ladder.steps)
    _check_end(ladder.steps, is_danger=kind not in HARMLESS)
    # the dry instant is not always known (a stopped pump never runs dry)
    known = [step for step in ladder.steps if any(a is not Anchor.DRY for a, _ in step.offsets)]
    if not known:
        never = MAY_NEVER_COME.get(kind or WatchKind.REFILL, "the empty date")
        _refuse(ladder.steps[0], f"every step waits for {never}, which may never come")
    _check_end(known, is_danger=kind not in HARMLESS)


def _refuse(step: Step, why: str) -> None:
    raise SilentPolicy(
        f"Step {step.ordinal} ({step.name}): {why}.", field="steps", step=step.ordinal
    )


def _check_step(step: Step) -> None:
    if not step.name or len(step.name) > NAME_LENGTH:
        _refuse(step, f"a step needs a name of at most {NAME_LENGTH} characters")
    if not step.template:
        _refuse(step, "it has no words to send")
    if not step.targets and not step.people:
        _refuse(step, "it tells nobody")
    if len(set(step.targets)) < len(step.targets) or len(set(step.people)) < len(step.people):
        _refuse(step, "it names somebody twice")
    if not step.channels:
        _refuse(step, "it has no way of telling anybody")
    if len(set(step.channels)) < len(step.channels):
        _refuse(step, "it names a channel twice")
    if OUTSIDE.intersection(step.targets) and not step.is_outside:
        _refuse(step, "staff and patients need different words, so different steps")
    if not step.offsets:
        _refuse(step, "it has no time")
    if len({anchor for anchor, _ in step.offsets}) < len(step.offsets):
        _refuse(step, "it counts twice from the same date")
    if any(abs(offset) > FURTHEST for _, offset in step.offsets):
        _refuse(step, "its time lies more than two years off")
    if (
        step.level is Level.URGENT
        and not step.is_outside
        and Channel.EMAIL not in step.channels
    ):
        _refuse(step, "an urgent step goes by e-mail too: a text may not arrive")
    step.as_json()  # refuses times that are not whole minutes
    _check_repeat(step)


def _check_repeat(step: Step) -> None:
    repeat = step.repeat
    if repeat is None:
        if step.level is Level.URGENT:
            _refuse(step, "an urgent step must repeat until somebody acts")
        return
    if repeat > FURTHEST:
        _refuse(step, "it repeats less often than every two years")
    if repeat < SHORTEST_REPEAT:
        _refuse(step, "it repeats more often than every 15 minutes")
    if OUTSIDE.intersection(step.targets) and repeat < PATIENT_SPACING:
        _refuse(step, "a patient is told at most once a day")
    if step.level is Level.URGENT and repeat > LONGEST_REPEAT:
        _refuse(step, "an urgent step must repeat at least once a week")


def _check_order(steps: Sequence[Step]) -> None:
    """Later steps come later on every date they share, and are never quieter."""
    last: dict[Anchor, timedelta] = {}
    last_to_patient: dict[Anchor, timedelta] = {}
    loudest = 0
    for step in steps:
        if LOUDNESS[step.level] < loudest:
            _refuse(step, "it is quieter than the step before it")
        loudest = LOUDNESS[step.level]
        for anchor, offset in step.offsets:
            if anchor in last and offset <= last[anchor]:
                _refuse(
                    step, "it isn't later than the step before it, counted from the same date"
                )
            last[anchor] = offset
            if not OUTSIDE.intersection(step.targets):
                continue
            before = last_to_patient.get(anchor)
            if before is not None and offset - before < PATIENT_SPACING:
                _refuse(step, "a patient is told at most once a day")
            last_to_patient[anchor] = offset


def _check_end(steps: Sequence[Step], *, is_danger: bool) -> None:
    last = steps[-1]
    if not is_danger:
        return
    if last.repeat is None or last.repeat > LONGEST_REPEAT:
        _refuse(
            last, "the last step must repeat at least once a week, or the watch falls silent"
        )
    if Target.LAST_RESORT not in last.targets:
        _refuse(last, "the last step must reach the clinic's last resort")
