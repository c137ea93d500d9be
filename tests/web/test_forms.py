"""A form: each reader gives a value, or a sentence beside the field; nothing typed is lost."""

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from tracker.domain.danger import Bucket
from tracker.domain.message import MessageState
from tracker.domain.units import Quantity
from tracker.models import Role
from tracker.web.forms import Form, rows_typed
from tracker.web.words import WORDS, words_for

LONDON = ZoneInfo("Europe/London")


def test_nothing_typed_is_none_and_zero_is_zero():
    form = Form({"a": "", "b": "0"})

    assert form.volume("a") is None
    assert form.volume("b") == 0
    assert form.is_right


def test_a_needed_text_that_nobody_sees_is_refused_and_comes_to_nothing():
    form = Form({"reason": "\u200b\u3164", "short": "\ufeff"})

    assert form.text("reason", needed="Say why.") == ""
    assert form.text("short", longest=80) == ""
    assert form.errors == {"reason": "Say why."}


def test_a_quantity_comes_in_its_own_unit():
    form = Form({"c": "2", "c_unit": "mg/mL"})

    assert form.quantity("c", Quantity.CONCENTRATION) == Decimal(2000)


@pytest.mark.parametrize(
    ("typed", "at"),
    [
        pytest.param(
            ("2026-03-01", "9:05", ""), datetime(2026, 3, 1, 9, 5, tzinfo=UTC), id="winter"
        ),
        pytest.param(
            ("1 Jun 2026", "0905", ""), datetime(2026, 6, 1, 8, 5, tzinfo=UTC), id="summer"
        ),
        pytest.param(
            ("2026-10-25", "01:30", "first"),
            datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
            id="first",
        ),
        pytest.param(
            ("2026-10-25", "01:30", "second"),
            datetime(2026, 10, 25, 1, 30, tzinfo=UTC),
            id="second",
        ),
    ],
)
def test_a_moment_is_the_clinics_wall_time(typed, at):
    form = Form(dict(zip(("t_on", "t_time", "t_fold"), typed, strict=True)))

    assert form.moment("t", LONDON) == at
    again = Form()
    again.put_moment("t", at, LONDON)
    assert again.moment("t", LONDON) == at


def test_an_hour_that_never_was_is_refused():
    form = Form({"t_on": "2026-03-29", "t_time": "01:30"})

    assert form.moment("t", LONDON) is None
    assert "does not exist" in form.error("t_time")


def test_an_hour_that_occurs_twice_is_asked_about():
    form = Form({"t_on": "2026-10-25", "t_time": "01:30"})

    assert form.moment("t", LONDON) is None
    assert "t" in form.twice


def test_a_date_that_a_picker_would_drop_stays_as_text():
    form = Form({"d": "03/04/2026", "e": "2026-04-03", "f": ""})

    assert form.day("d") is None
    assert [form.is_odd_day(name) for name in "def"] == [True, False, False]
    assert form.day("e") == date(2026, 4, 3)


def test_the_first_sentence_of_a_field_stays():
    form = Form()
    form.refuse("a", "first")
    form.refuse("a", "second")

    assert form.error("a") == "first"


def test_a_choice_off_the_list_is_refused():
    form = Form({"r": "king"})

    assert form.choice("r", Role) is None
    assert form.error("r")


@pytest.mark.parametrize(
    ("typed", "count"), [("3", 3), ("", 1), ("-4", 1), ("99", 4), ("9" * 99, 1)]
)
def test_rows_stay_within_bounds(typed, count):
    assert len(list(rows_typed(Form({"x_rows": typed}), "x", least=1, most=4))) == count


def test_members_that_share_a_value_keep_their_own_words():
    assert words_for(Bucket.UNKNOWN) != words_for(MessageState.UNKNOWN)


def test_every_member_that_pages_show_has_words():
    said = {(type(code), code) for code, _ in WORDS}

    for kind in {type(code) for code, _ in WORDS}:
        assert {(kind, member) for member in kind} <= said
