"""How things are said: each word for what it is, and no more exactly than it is known."""

from datetime import timedelta
from decimal import Decimal

import pytest

from tests.riverside import refill_facts, refilled
from tests.web.conftest import NOW, post
from tracker.domain.danger import Rule
from tracker.services.refills import DrugFacts
from tracker.web.filters import span
from tracker.web.message_words import next_words
from tracker.web.words import words_for


def test_no_rule_brings_an_article_of_its_own():
    for rule in Rule:
        assert not words_for(rule).lower().startswith(("the ", "a ")), rule


def test_what_the_system_does_by_itself_is_not_told_as_a_task():
    said = next_words("ask the patient to book (14 days)")

    assert said == "message to the patient: please book (14 days)"
    assert next_words("phone the patient today") == "phone the patient today"


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        pytest.param("3989.557895", "over 66 hours 29 minutes", id="a bridge"),
        pytest.param("60", "over 1 hour", id="an hour"),
        pytest.param("10", "over 10 minutes", id="minutes"),
        pytest.param("0", "at once", id="priming"),
    ],
)
def test_a_bolus_lasts_hours_and_minutes(minutes, words):
    assert span(Decimal(minutes)) == words


def test_opioids_are_read_in_mg_and_baclofen_in_mcg(as_nadia, here, session):
    drugs = (DrugFacts("morphine", Decimal(20000)), DrugFacts("bupivacaine", Decimal(7500)))
    facts = refill_facts(
        "2000", filled_at=NOW - timedelta(days=3), drugs=drugs, pharmacist_limit_days=90
    )
    assert "Baclofen 2000 mcg/mL" in as_nadia.get("/").text

    refilled(session, here.pump, here.place, facts)
    session.commit()

    assert "Morphine 20 mg/mL + Bupivacaine 7.5 mg/mL" in as_nadia.get("/").text


def test_a_stopped_pump_is_never_low_while_it_is_stopped(as_nadia, here):
    stop = {
        "effective_at_on": "2026-05-31",
        "effective_at_time": "10:30",
        "mode": "stopped",
        "reason": "infection",
    }
    preview = post(as_nadia, f"/pumps/{here.pump.id}/programmes/check", **stop).text
    assert "never while stopped" in preview

    version = here.pump.version
    post(as_nadia, f"/pumps/{here.pump.id}/programmes/new", **stop, seen_version=version)

    page = as_nadia.get(f"/pumps/{here.pump.id}").text
    assert page.count("never while stopped") >= 3
    assert 'class="card late"' in page


def test_a_printed_date_that_matches_is_said_to_match(as_nadia, here):
    dose = {
        "effective_at_on": "2026-05-31",
        "effective_at_time": "10:30",
        "mode": "simple",
        "dose_mcg_per_day": "400",
        "dose_mcg_per_day_unit": "mcg/day",
    }
    path = f"/pumps/{here.pump.id}/programmes/check"
    page = post(as_nadia, path, **dose).text
    low = page.split('<dt>Low reservoir</dt><dd><time datetime="')[1][:10]

    page = post(as_nadia, path, **dose, printed_alarm_on=low).text

    assert "agrees with ours within a day" in page


def test_a_date_reckoned_from_a_volume_is_not_called_the_programmers(as_nadia, here):
    reading = {
        "read_at_on": "2026-05-31",
        "read_at_time": "10:30",
        "reservoir_volume_ml": "10.5",
        "programme_changed": "no",
    }
    page = post(as_nadia, f"/pumps/{here.pump.id}/readings/check", **reading).text

    assert "Reckoned from the volume stated" in page
    assert "before ours" in page
