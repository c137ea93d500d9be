"""Why a date moved, in the words of the ward."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from tracker.domain.changes import tell_move, why_programme
from tracker.domain.infusion import Mode, PatientBolus, Programme

AT = datetime(2026, 3, 21, tzinfo=UTC)
ON = AT.date()
RULES = ("drug limit", "earliest credible empty date")
STOPPED = Programme(AT, Mode.STOPPED)


def simple(dose, **more):
    return Programme(AT, Mode.SIMPLE, Decimal(dose), **more)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (
            simple(600),
            simple(690),
            "the dose rose from 600 mcg/day to 690 mcg/day on 21 Mar 2026",
        ),
        (
            simple(600),
            simple(480),
            "the dose fell from 600 mcg/day to 480 mcg/day on 21 Mar 2026",
        ),
        (simple(600), STOPPED, "the pump was stopped on 21 Mar 2026"),
        (STOPPED, simple(600), "the pump was started again on 21 Mar 2026"),
        (None, simple(600), "the first programme was recorded, from 21 Mar 2026 on"),
        (
            simple(600),
            simple(600, patient=PatientBolus(Decimal(20), 4)),
            "the boluses that the patient may ask for changed on 21 Mar 2026",
        ),
        (simple(600), simple(600), "the programme changed on 21 Mar 2026"),
    ],
)
def test_what_a_programme_changed_is_named(old, new, words):
    assert why_programme(old, new, ON) == words


@pytest.mark.parametrize(
    ("was", "now_is", "sentence"),
    [
        pytest.param(
            date(2026, 4, 30),
            date(2026, 4, 24),
            "Refill-by moved from 30 Apr 2026 to 24 Apr 2026, 6 days earlier, because it rose.",
            id="DOMAIN W27",
        ),
        (
            date(2026, 4, 30),
            date(2026, 5, 1),
            "Refill-by moved from 30 Apr 2026 to 1 May 2026, 1 day later, because it rose.",
        ),
        (
            date(2026, 4, 30),
            None,
            "Refill-by can't be worked out; it was 30 Apr 2026, because it rose.",
        ),
        (
            None,
            date(2026, 4, 30),
            "Refill-by is 30 Apr 2026, because it rose; before, there was no date.",
        ),
        (
            date(2026, 4, 30),
            date(2026, 4, 30),
            "Refill-by stays 30 Apr 2026, now set by the earliest credible empty date and"
            " before by the drug limit, because it rose.",
        ),
    ],
)
def test_a_move_is_one_sentence_with_both_dates_and_the_reason(was, now_is, sentence):
    assert tell_move("Refill-by", was, now_is, "it rose", rules=RULES) == sentence
