"""Cases of the scenario format: the given ones, our own, and files that are broken."""

import json
from copy import deepcopy
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tracker.interop.scenarios import BrokenScenario, answer, read

SCENARIOS = sorted((Path(__file__).parent.parent / "scenarios").glob("*.json"))
DATES = ("counts_from", "low_reservoir", "empty", "drug_expires", "refill_by")


def cases():
    for path in SCENARIOS:
        for case in read(path.read_text(encoding="utf-8"))["cases"]:
            yield pytest.param(case, id=f"{path.stem}: {case['id']}")


def moment(expected):
    """An instant as the file writes it: to the second, or to the minute."""
    if isinstance(expected, dict):
        return datetime.fromisoformat(expected["utc"]), timedelta(minutes=1)
    return datetime.fromisoformat(expected), timedelta(0)


@pytest.mark.parametrize("case", list(cases()))
def test_a_case_has_its_answer(case):
    (result,) = answer({"cases": [case]})["results"]

    assert result["id"] == case["id"]
    assert len(result["answers"]) == len(case["expected"])
    for found, expected in zip(result["answers"], case["expected"], strict=True):
        if "rejected" in expected:
            assert found["rejected"] == expected["rejected"]
            assert found["reason"].endswith(".")
            continue
        assert set(found) == set(DATES)
        for name in DATES:
            if expected[name] is None:
                assert found[name] is None, name
            else:
                at, tolerance = moment(expected[name])
                off = datetime.fromisoformat(found[name]) - at
                assert timedelta(0) <= off <= tolerance, (name, found[name])


A_CASE = {
    "id": "one",
    "timezone": "UTC",
    "capacity_ml": "20",
    "alarm_volume_ml": "2",
    "events": [
        {"type": "refill", "at": "2026-01-01T00:00", "volume_ml": "20"}
        | {"concentration_mcg_ml": "1000"},
        {
            "type": "program",
            "at": "2026-01-01T00:00",
            "mode": "constant",
            "dose_mcg_day": "600",
        },
        {"type": "program", "at": "2026-01-02T00:00", "mode": "daily_steps"}
        | {"steps": [{"start": "00:00", "rate_mcg_hour": "25"}]},
        {"type": "bolus", "at": "2026-01-02T00:00", "volume_ml": "1", "duration_min": "30"},
    ],
}
GONE = object()


def a_document(path, value):
    """A sound document in which one place is changed or gone."""
    document = {"cases": [{"id": "nought"} | deepcopy(A_CASE), deepcopy(A_CASE)]}
    place = document["cases"][1]
    *way, last = path
    for key in way:
        place = place[key]
    if value is GONE:
        del place[last]
    else:
        place[last] = value
    return document


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        pytest.param(["id"], GONE, "cases[1].id", id="no name"),
        pytest.param(["timezone"], GONE, "cases[1].timezone", id="no zone"),
        pytest.param(["timezone"], "Mars/Base", "cases[1].timezone", id="unknown zone"),
        pytest.param(["timezone"], "../etc", "cases[1].timezone", id="zone outside"),
        pytest.param(["timezone"], "America", "cases[1].timezone", id="half a zone"),
        pytest.param(["capacity_ml"], "twenty", "cases[1].capacity_ml", id="not a number"),
        pytest.param(["capacity_ml"], "1,000", "cases[1].capacity_ml", id="two readings"),
        pytest.param(["capacity_ml"], "NaN", "cases[1].capacity_ml", id="NaN"),
        pytest.param(["capacity_ml"], True, "cases[1].capacity_ml", id="a truth"),
        pytest.param(["capacity_ml"], ["20"], "cases[1].capacity_ml", id="a list"),
        pytest.param(["alarm_volume_ml"], "-2", "cases[1].alarm_volume_ml", id="negative"),
        pytest.param(["stability_days"], "9" * 20, "cases[1].stability_days", id="endless"),
        pytest.param(["events"], GONE, "cases[1].events", id="no events"),
        pytest.param(["events"], {}, "cases[1].events", id="events are no list"),
        pytest.param(["events", 0], "refill", "cases[1].events[0]", id="event is a text"),
        pytest.param(
            ["events", 0, "type"], "sip", "cases[1].events[0].type", id="unknown type"
        ),
        pytest.param(["events", 0, "at"], GONE, "cases[1].events[0].at", id="no time"),
        pytest.param(["events", 0, "at"], "1 Jan", "cases[1].events[0].at", id="no wall time"),
        pytest.param(
            ["events", 0, "at"], "2026-02-30T10:00", "cases[1].events[0].at", id="no such day"
        ),
        pytest.param(
            ["events", 0, "at"], "2026-01-01T10:00Z", "cases[1].events[0].at", id="with offset"
        ),
        pytest.param(["events", 0, "fold"], 2, "cases[1].events[0].fold", id="third pass"),
        pytest.param(
            ["events", 0, "volume_ml"], GONE, "cases[1].events[0].volume_ml", id="no volume"
        ),
        pytest.param(
            ["events", 0, "concentration_mcg_ml"],
            "0",
            "cases[1].events[0].concentration_mcg_ml",
            id="no concentration",
        ),
        pytest.param(
            ["events", 1, "mode"], "fast", "cases[1].events[1].mode", id="unknown mode"
        ),
        pytest.param(
            ["events", 1, "dose_mcg_day"], GONE, "cases[1].events[1].dose_mcg_day", id="no dose"
        ),
        pytest.param(["events", 2, "steps"], [], "cases[1].events[2].steps", id="no steps"),
        pytest.param(
            ["events", 2, "steps"],
            [{"start": "06:00", "rate_mcg_hour": "1"}] * 2,
            "cases[1].events[2].steps",
            id="two steps at one time",
        ),
        pytest.param(
            ["events", 2, "steps", 0, "start"],
            "24:00",
            "cases[1].events[2].steps[0].start",
            id="no time of day",
        ),
        pytest.param(
            ["events", 3, "dose_mcg"], "5", "cases[1].events[3]", id="volume and dose"
        ),
        pytest.param(
            ["events", 3, "duration_min"],
            GONE,
            "cases[1].events[3].duration_min",
            id="no duration",
        ),
        pytest.param(
            ["events", 3, "suspends_basal"],
            "yes",
            "cases[1].events[3].suspends_basal",
            id="neither true nor false",
        ),
        pytest.param(["ask"], ["now"], "cases[1].ask[0]", id="question is a text"),
        pytest.param(["ask"], [{"as_of": "now"}], "cases[1].ask[0].as_of", id="no moment"),
        pytest.param(["closed_dates"], ["25.12."], "cases[1].closed_dates[0]", id="no day"),
        pytest.param(["open_weekdays"], ["8"], "cases[1].open_weekdays[0]", id="eighth day"),
        pytest.param(["open_weekdays"], [], "cases[1].open_weekdays", id="never open"),
    ],
)
def test_a_broken_file_is_refused_with_its_place(path, value, named):
    with pytest.raises(BrokenScenario) as refused:
        answer(a_document(path, value))

    assert refused.value.message.startswith(f"{named}: ")


def test_the_document_that_is_broken_above_is_sound():
    answer(a_document(["id"], "one"))


@pytest.mark.parametrize(
    ("text", "named"),
    [
        pytest.param("", "line 1", id="empty"),
        pytest.param('{"cases": [', "line 1", id="cut off"),
        pytest.param("[]", "file", id="a list"),
        pytest.param('{"cases": [], "cases": []}', "file", id="a key twice"),
        pytest.param('{"cases": NaN}', "file", id="NaN"),
        pytest.param("[" * 100_000, "file", id="too deep"),
    ],
)
def test_a_text_that_is_no_document_is_refused(text, named):
    with pytest.raises(BrokenScenario) as refused:
        read(text)

    assert refused.value.message.startswith(named)


@pytest.mark.parametrize("document", [{}, {"cases": None}, {"cases": "x"}, {"cases": [1]}])
def test_a_document_without_cases_is_refused(document):
    with pytest.raises(BrokenScenario, match=r"^cases"):
        answer(document)


def test_numbers_without_quotes_stay_exact():
    text = json.dumps({"cases": [A_CASE]}).replace('"600"', "600.10").replace('"20"', "20")
    case = read(text)["cases"][0]

    assert str(case["events"][1]["dose_mcg_day"]) == "600.10"
    assert answer({"cases": [case]}) == answer({"cases": [case]})


def test_a_byte_order_mark_is_no_fault():
    assert read('\ufeff{"cases": []}') == {"cases": []}


@pytest.mark.parametrize(
    ("weekdays", "refill_by"),
    [
        pytest.param(["0", "1", "2", "3", "4"], "2026-01-30T23:59:59Z", id="from 0"),
        pytest.param([1, 2, 3, 4, 5], "2026-01-30T23:59:59Z", id="from 1"),
        pytest.param(["7"], "2026-01-25T23:59:59Z", id="7 is Sunday"),
        pytest.param([6, 0], "2026-01-26T23:59:59Z", id="0 is Monday, and 6 Sunday"),
        pytest.param(["Saturday"], "2026-01-31T00:00:00Z", id="by name"),
    ],
)
def test_weekdays_are_read_by_name_or_by_number(weekdays, refill_by):
    case = deepcopy(A_CASE) | {"open_weekdays": weekdays}
    case["events"] = case["events"][:2]  # low on Saturday 31 January 2026, 00:00

    (result,) = answer({"cases": [case]})["results"]

    assert result["answers"][0]["refill_by"] == refill_by


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        pytest.param("volume_ml", "1e-999999999", "volume_ml", id="a text with an exponent"),
        pytest.param("volume_ml", 1e-300, "volume_ml", id="too fine"),
    ],
)
def test_a_number_that_arithmetic_never_ends_with_is_refused(
    key: str, value: object, said: str
) -> None:
    refill = {"type": "refill", "at": "2026-01-01T00:00", "concentration_mcg_ml": "500"}
    case = {
        "id": "fine",
        "timezone": "UTC",
        "capacity_ml": "20",
        "alarm_volume_ml": "2",
        "events": [refill | {key: value}],
    }

    with pytest.raises(BrokenScenario, match=said):
        answer(read(json.dumps({"cases": [case]})))


def test_half_a_letter_is_refused_with_its_place() -> None:
    text = '{"cases": [{"id": "\\ud800", "timezone": "UTC", "events": []}]}'

    with pytest.raises(BrokenScenario, match=r"cases\[0\].id"):
        answer(read(text))
