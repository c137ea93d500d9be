"""Which pumps a notice is about: by serial number, by dates, and what can't be told."""

from datetime import date

import pytest

from tracker.domain.recall import NotARecall, Scope, Span, Touch, parse_serial

RANGE = Scope(first_serial="NGP100000H", last_serial="NGP199999H")
LISTED = Scope(serials=("NGP123456H", "NGV000042H"))
SPRING = Span(date(2018, 5, 4), date(2019, 4, 5))
IMPLANTED = date(2019, 1, 15)


@pytest.mark.parametrize(
    ("scope", "serial", "touch"),
    [
        pytest.param(RANGE, "NGP100000H", Touch.AFFECTED, id="the first of a range is in it"),
        pytest.param(RANGE, "NGP199999H", Touch.AFFECTED, id="so is the last"),
        pytest.param(RANGE, "ngp-150 000 h", Touch.AFFECTED, id="grouping and case differ not"),
        pytest.param(RANGE, "NGP200000H", Touch.UNAFFECTED, id="the next one is not in it"),
        pytest.param(RANGE, "NGP099999H", Touch.UNAFFECTED, id="nor the one before"),
        pytest.param(RANGE, "NGV150000H", Touch.UNTOLD, id="other letters: another series"),
        pytest.param(RANGE, "150000H", Touch.UNTOLD, id="letters left out"),
        pytest.param(RANGE, "NGP150000", Touch.UNTOLD, id="the last letter left out"),
        pytest.param(RANGE, "NGP15000H", Touch.UNTOLD, id="a digit left out"),
        pytest.param(RANGE, "NGP1500000H", Touch.UNTOLD, id="a digit too many"),
        pytest.param(RANGE, "NGP15O000H", Touch.UNTOLD, id="a letter O for a zero"),
        pytest.param(RANGE, "unknown", Touch.UNTOLD, id="no number at all"),
        pytest.param(LISTED, "NGP 123456 H", Touch.AFFECTED, id="listed"),
        pytest.param(LISTED, "NGP123457H", Touch.UNAFFECTED, id="not listed"),
        pytest.param(LISTED, "123456", Touch.UNTOLD, id="listed with other letters"),
        pytest.param(LISTED, "NGV42H", Touch.UNTOLD, id="listed with zeros before it"),
        pytest.param(LISTED, "see card", Touch.UNTOLD, id="unreadable beside a list"),
        pytest.param(
            Scope(), "anything", Touch.AFFECTED, id="no serial named: all of the model"
        ),
        pytest.param(Scope(made=SPRING), "NGP1H", Touch.UNTOLD, id="a pump tells no age"),
    ],
)
def test_hazard_h27_a_serial_number_that_cant_be_compared_is_never_taken_for_untouched(
    scope, serial, touch
):
    assert scope.touch(serial, IMPLANTED) is touch


@pytest.mark.parametrize(
    ("scope", "implanted_on", "touch"),
    [
        (Scope(made=SPRING), date(2018, 5, 3), Touch.UNAFFECTED),  # not yet made
        (Scope(made=SPRING), date(2018, 5, 4), Touch.UNTOLD),
        (Scope(implanted=SPRING), date(2018, 5, 3), Touch.UNAFFECTED),
        (Scope(implanted=SPRING), date(2018, 5, 4), Touch.AFFECTED),
        (Scope(implanted=SPRING), date(2019, 4, 5), Touch.AFFECTED),
        (Scope(implanted=SPRING), date(2019, 4, 6), Touch.UNAFFECTED),
        (Scope(implanted=Span(last=date(2019, 1, 1))), date(2019, 1, 2), Touch.UNAFFECTED),
    ],
)
def test_dates_leave_a_pump_out_only_where_they_must(scope, implanted_on, touch):
    assert scope.touch("NGP1H", implanted_on) is touch


@pytest.mark.parametrize(
    ("first", "last", "field"),
    [
        ("NGP1H", "", "last_serial"),
        ("NGP1H", "NGV2H", "last_serial"),
        ("NGP1H", "NGP10H", "last_serial"),
        ("NGP2H", "NGP1H", "last_serial"),
        ("first", "NGP1H", "first_serial"),
    ],
)
def test_a_range_that_cant_be_compared_is_refused(first, last, field):
    with pytest.raises(NotARecall) as refused:
        Scope(first_serial=first, last_serial=last)

    assert refused.value.field == field


def test_days_in_the_wrong_order_are_refused():
    with pytest.raises(NotARecall):
        Span(date(2019, 1, 1), date(2018, 1, 1))


def test_a_number_is_read_without_its_zeros_but_keeps_their_count():
    found = parse_serial("ab 0042 c")

    assert found is not None
    assert (found.before, found.number, len(found.digits), found.after) == ("AB", 42, 4, "C")


def test_a_pump_whose_day_of_implant_nobody_knows_is_never_ruled_out_by_it():
    assert Scope(implanted=SPRING).touch("NGP1H", None) is Touch.UNTOLD
    assert Scope(made=SPRING).touch("NGP1H", None) is Touch.UNTOLD
    assert Scope().touch("NGP1H", None) is Touch.AFFECTED
    assert RANGE.touch("NGP150000H", None) is Touch.AFFECTED
    assert RANGE.touch("NGP200000H", None) is Touch.UNAFFECTED
