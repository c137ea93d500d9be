"""Reading what is typed about an alarm: how it is known, what was told, what is done."""

from flask import g, request

from tracker.domain.alarm import HEARD, SHOWN, Reporter, Symptoms, Tone
from tracker.domain.catalogue import load
from tracker.services.alarms import AlarmFacts
from tracker.web.forms import Form
from tracker.web.words import words_for

TONES = (
    (Tone.TWO_TONE, "Two tones, for about 3 seconds: the critical family"),
    (Tone.SINGLE, "A single tone, about 1 second, perhaps once an hour"),
    (Tone.NOT_SURE, "Not sure, or it can't be described"),
)
REPORTERS = [(one.value, words_for(one)) for one in Reporter]
SYMPTOMS = [(one.value, words_for(one)) for one in Symptoms]


def is_read() -> bool:
    """Whether it is about what the programmer showed, as the address says."""
    return request.args.get("how") == "read"


def read_alarm(form: Form) -> AlarmFacts | None:
    """What was typed; None where something can't be read."""
    if is_read():
        needed = "Choose what the programmer showed."
        return read_told(form, form.text("code", needed=needed, longest=60), None)
    tone = form.choice("tone", Tone, needed="Say what was heard.")
    return read_told(form, HEARD[tone] if tone else "", tone)


def read_told(form: Form, code: str, tone: Tone | None) -> AlarmFacts | None:
    """The rest of it, of an alarm that is known to be this one."""
    alarmed_at = form.moment("alarmed_at", g.clinic.zone)
    reported_at = form.moment("reported_at", g.clinic.zone)
    reporter = form.choice("reporter", Reporter, needed="Say who reports it.")
    symptoms = form.choice("symptoms", Symptoms, needed="Say whether it was asked.")
    doing, note = form.text("doing", needed="Say what is done now."), form.text("note")
    if alarmed_at is None or reported_at is None or reporter is None or symptoms is None:
        return None
    return AlarmFacts(
        code=code, tone=tone, alarmed_at=alarmed_at, reported_at=reported_at,
        reporter=reporter, symptoms=symptoms, doing=doing, note=note,
    )  # fmt: skip


def shown_by_a_programmer() -> list[tuple[str, str]]:
    """Code and name of every alarm that can be read, the critical ones first."""
    found = [one for one in load().alarms.values() if one.is_readable]
    found.sort(key=lambda one: SHOWN.index(one.severity))
    return [(one.code, f"{one.name} ({words_for(one.severity).lower()})") for one in found]
