"""Absences, deputies and duty: what is refused, and where nobody is."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from tests.cast import Ward, a_ward
from tracker.models import AddressState, Staff
from tracker.services import cover

NOW = datetime(2026, 6, 1, 8, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def ward(session: Session) -> Ward:
    return a_ward(session)


def away(session: Session, ward: Ward, who: Staff, start: float, end: float, deputy=None):
    span = {"starts_at": NOW + start * DAY, "ends_at": NOW + end * DAY}
    return cover.record_absence(
        session, ward.clinic, who, deputy=deputy, by=ward.rosa, now=NOW, **span
    )


def on_duty(session: Session, ward: Ward, who: Staff, start: float, end: float):
    span = {"starts_at": NOW + start * DAY, "ends_at": NOW + end * DAY}
    return cover.put_on_duty(session, ward.clinic, who, by=ward.rosa, now=NOW, **span)


def holes(session: Session, ward: Ward, start: float = 0, end: float = 7):
    found = cover.gaps(session, ward.clinic, NOW + start * DAY, NOW + end * DAY)
    return [((a - NOW) / DAY, (b - NOW) / DAY) for a, b in found]


def test_a_deputy_is_a_colleague_who_is_there_in_that_time(session, ward):
    elsewhere = a_ward(session, "Lake Clinic")
    away(session, ward, ward.cleo, 3, 5)

    for deputy, words in (
        (ward.nadia, "themselves"),
        (elsewhere.cleo, "doesn't work in this clinic"),
        (ward.cleo, "Cleo is away in that time too"),
    ):
        with pytest.raises(cover.NotCovered, match=words) as refused:
            away(session, ward, ward.nadia, 4, 8, deputy)
        assert refused.value.field == "deputy_id"

    away(session, ward, ward.nadia, 5, 8, ward.cleo)  # Cleo is back by then


def test_a_deputy_whose_e_mail_is_refused_can_not_stand_in(session, ward):
    ward.ito.email_state = AddressState.INVALID

    with pytest.raises(cover.NotCovered, match="mend it first"):
        away(session, ward, ward.nadia, 1, 2, ward.ito)


@pytest.mark.parametrize(("start", "end"), [(2, 2), (2, 1), (-3, -1), (0, 400)])
def test_a_time_that_means_nothing_is_refused(session, ward, start, end):
    with pytest.raises(cover.NotCovered):
        away(session, ward, ward.nadia, start, end)
    with pytest.raises(cover.NotCovered):
        on_duty(session, ward, ward.nadia, start, end)


def test_nobody_is_away_twice_at_a_time_until_the_first_is_withdrawn(session, ward):
    first = away(session, ward, ward.nadia, 1, 5)
    with pytest.raises(cover.NotCovered, match="already"):
        away(session, ward, ward.nadia, 4, 6)

    cover.withdraw_absence(session, first, now=NOW)

    away(session, ward, ward.nadia, 4, 6)
    assert len(cover.absences(session, ward.clinic.id, since=NOW)) == 1


def test_who_is_away_is_not_put_on_duty(session, ward):
    away(session, ward, ward.nadia, 1, 5)

    with pytest.raises(cover.NotCovered, match="away"):
        on_duty(session, ward, ward.nadia, 4, 6)


def test_gaps_are_the_times_in_which_nobody_is_on_duty(session, ward):
    on_duty(session, ward, ward.nadia, 0, 2)
    on_duty(session, ward, ward.cleo, 1.5, 3)
    gone = on_duty(session, ward, ward.ito, 3, 7)
    cover.withdraw_duty(session, gone, now=NOW)
    on_duty(session, ward, ward.ito, 5, 9)

    assert holes(session, ward) == [(3, 5)]


def test_an_absence_makes_a_gap_in_what_was_covered(session, ward):
    on_duty(session, ward, ward.nadia, 0, 7)
    away(session, ward, ward.nadia, 2, 3)

    assert holes(session, ward) == [(2, 3)]
    on_duty(session, ward, ward.cleo, 2.5, 4)
    assert holes(session, ward) == [(2, 2.5)]


def test_another_clinic_s_duty_covers_nothing_here(session, ward):
    elsewhere = a_ward(session, "Lake Clinic")
    on_duty(session, elsewhere, elsewhere.nadia, 0, 7)

    assert holes(session, ward) == [(0, 7)]


def test_a_standing_deputy_is_named_and_taken_back(session, ward):
    (nadia,) = [m for m in cover.members(session, ward.clinic.id) if m.staff is ward.nadia]

    cover.set_deputy(session, nadia, ward.ito)
    assert nadia.deputy is ward.ito
    with pytest.raises(cover.NotCovered):
        cover.set_deputy(session, nadia, ward.nadia)
    cover.set_deputy(session, nadia, None)
    assert nadia.deputy_id is None
