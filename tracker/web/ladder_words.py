"""A ladder in words: when a step is due, and whom it tells."""

from datetime import timedelta

from tracker.domain.escalation import Anchor, Step, Target
from tracker.web import policy_fields
from tracker.web.words import message_words, words_for

ANCHORS = {
    Anchor.DANGER: "the due date",
    Anchor.DRY: "the empty date",
    Anchor.OPENED: "the beginning of the watch",
}
TARGETS = {
    Target.OWNER: "owner",
    Target.DEPUTY: "deputy of the owner",
    Target.ON_DUTY: "on duty",
    Target.NURSE: "nurses",
    Target.COORDINATOR: "coordinators",
    Target.CLINICIAN: "clinicians",
    Target.ADMINISTRATOR: "administrators",
    Target.PATIENT: "patient",
    Target.CARER: "carer",
    Target.LAST_RESORT: "last resort",
}


def span_words(span: timedelta) -> str:
    """A time of a step in words: "14 days", "8 hours"."""
    for unit in ("days", "hours", "minutes"):
        if not span % policy_fields.UNITS[unit]:
            count = span // policy_fields.UNITS[unit]
            return f"{count} {unit if count != 1 else unit[:-1]}"
    return str(span)


def when_words(anchor: Anchor, offset: timedelta) -> str:
    """When a step is due: "14 days before the empty date"."""
    if not offset:
        return f"at {ANCHORS[anchor]}"
    place = "before" if offset < timedelta() else "after"
    return f"{span_words(abs(offset))} {place} {ANCHORS[anchor]}"


def target_words(target: Target) -> str:
    """Whom a step tells, in words."""
    return TARGETS[target]


def step_words(step: Step, names: dict[int, str]) -> str:
    """All of a step in one sentence, so that two versions of it can be compared."""
    when = " or ".join(when_words(*one) for one in step.offsets)
    repeat = f", then every {span_words(step.repeat)}" if step.repeat else ""
    people = (names.get(one, "somebody who has left") for one in step.people)
    to = ", ".join((*map(target_words, step.targets), *people))
    ways = " and ".join(words_for(one) for one in step.channels)
    night = "keeps quiet hours" if step.keeps_quiet_hours else "also at night"
    return (
        f"{step.name}: {when}{repeat}; to {to} by {ways}: {message_words(step.template)};"
        f" {words_for(step.level).lower()}; {night}"
    )
