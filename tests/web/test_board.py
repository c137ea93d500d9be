"""The board: worst first, in words, with its filters in the address."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import sqlalchemy as sa

from tests.builders import a_message
from tests.riverside import pump_of, refilled
from tests.web.conftest import NOW, search
from tracker.domain.danger import Bucket, WatchKind
from tracker.models import Pump, Watch
from tracker.web.board import PAGE
from tracker.web.message_words import next_words

DAY = timedelta(days=1)


def a_row(session, here, name, danger_at):
    """A pump of a named patient whose refill watch is in danger at a given time."""
    pump = pump_of(session, here.place)
    pump.patient.family_name = name
    refilled(session, pump, here.place)
    watch = session.scalars(sa.select(Watch).where(Watch.open_key == f"{pump.id}:refill")).one()
    watch.danger_at = danger_at
    session.commit()
    return watch


def test_rows_stand_worst_first_under_their_urgency(as_nadia, here, session):
    a_row(session, here, "Soonish", NOW + 3 * DAY)
    a_row(session, here, "Overdue", NOW - 3 * DAY)
    a_row(session, here, "Monthly", NOW + 20 * DAY)

    page = as_nadia.get("/").text

    places = [page.index(word) for word in ("Overdue,", "Soonish,", "Monthly,")]
    assert places == sorted(places)
    assert "3 days late" in page
    assert "in 3 days" in page
    assert "Nobody is late" not in page


def test_nobody_late_is_said_in_words_with_the_last_check(as_nadia):
    page = as_nadia.get("/").text

    assert "Nobody is late." in page
    assert "Last check" in page
    assert "1 Jun 2026, 09:00" in page  # in the clinic's zone
    assert "(Europe/London)" in page


def test_a_row_says_rule_owner_next_action_and_what_was_sent(as_nadia, here, session):
    watch = a_row(session, here, "Shown", NOW + 3 * DAY)
    a_message(session, watch, state="delivered", sent_at=NOW - DAY, staff_id=here.nadia.id)
    session.commit()

    row = search(as_nadia, "/board/find", q="shown").text.split("<tbody")[1]

    for words in ("Shown, Ida", "earliest credible empty date", "Nadia Nurse", "Critical risk"):
        assert words in row
    assert next_words(watch.next_action) in row
    assert "e-mail, delivered" in row
    assert "31 May 2026, 09:00" in row


def test_the_filters_narrow_and_stay_in_the_address(as_nadia, here, session):
    mine = a_row(session, here, "Mine", NOW + 3 * DAY)
    theirs = a_row(session, here, "Theirs", NOW + 4 * DAY)
    theirs.owner_id = here.ito.id
    session.commit()

    page = as_nadia.get("/?owner=me&kind=refill").text

    assert "Mine," in page
    assert "Theirs," not in page
    assert 'data-refresh="/board/rows?owner=me&amp;kind=refill"' in page
    assert (
        "bucket=late&amp;owner=me" in page or "owner=me&amp;kind=refill&amp;bucket=late" in page
    )
    assert "Theirs," not in search(as_nadia, "/board/find", q="mine").text
    assert "Mine," not in as_nadia.get("/?bucket=later&kind=refill").text
    assert "Battery" in as_nadia.get("/?kind=battery").text
    assert mine.pump_id != theirs.pump_id


def test_a_filter_that_is_none_filters_nothing(as_nadia, here):
    page = as_nadia.get("/?bucket=soon&risk=%00&kind=x&after=zz&owner=1").text

    assert here.patient.family_name in page


def test_what_cannot_be_computed_is_said_on_top_and_linked(as_nadia, here, session):
    pump = pump_of(session, here.place)
    session.commit()

    page = as_nadia.get("/").text
    assert "1 without a date." in page
    assert 'href="/?bucket=unknown"' in page
    assert pump.serial in as_nadia.get("/?bucket=unknown").text


def test_the_fragment_has_an_address_of_its_own(as_nadia, here):
    answer = as_nadia.get("/board/rows")

    assert "<html" not in answer.text
    assert here.patient.family_name in answer.text


def test_every_row_stands_on_one_of_the_pages(as_nadia, here, session):
    first = an_open_watch(session)
    for number in range(PAGE + 5):
        session.add(_copy(session, first, number))
    session.commit()
    seen, path = [], "/"
    for _ in range(5):
        page = as_nadia.get(path).text
        seen += [part.split('"')[0] for part in page.split('<td><a href="/pumps/')[1:]]
        if "Next 30" not in page:
            break
        path = (
            page.split(">Next 30<")[0].rsplit('href="', 1)[1].rstrip('"').replace("&amp;", "&")
        )
        assert "after" in parse_qs(urlsplit(path).query)

    open_watches = session.scalar(
        sa.select(sa.func.count()).where(
            Watch.clinic_id == here.clinic.id, Watch.closed_at.is_(None)
        )
    )
    assert len(seen) == open_watches


def an_open_watch(session):
    dated = sa.select(Watch).where(Watch.open_key.is_not(None), Watch.kind == WatchKind.REFILL)
    return session.scalars(dated).one()


def _copy(session, watch, number):
    columns = [
        one.name for one in Watch.__table__.columns if one.name not in ("id", "open_key")
    ]
    copy = Watch(**{name: getattr(watch, name) for name in columns})
    copy.open_key = f"copy:{number}"
    return copy


def test_a_full_page_of_rows_stays_small(as_nadia, here, session):
    first = an_open_watch(session)
    session.add_all(_copy(session, first, number) for number in range(PAGE + 5))
    session.commit()

    assert len(as_nadia.get("/").data) < 30_000


def test_each_bucket_has_its_chip(as_nadia):
    page = as_nadia.get("/").text

    for bucket in Bucket:
        assert f"bucket={bucket.value}" in page


def test_the_clinic_is_switched_to_another_of_ones_own(as_nadia, here, session):
    from tests.web.conftest import post
    from tracker.models import Role
    from tracker.services.clinics import add_member

    assert (
        post(as_nadia, "/account/clinic", clinic_id=here.place.neighbour.id).status_code == 404
    )

    add_member(session, here.place.neighbour, here.nadia, role=Role.VIEWER)
    session.commit()
    post(as_nadia, "/account/clinic", clinic_id=here.place.neighbour.id)

    page = as_nadia.get("/").text
    assert "Lakeview" in page
    assert here.patient.family_name not in page
    assert as_nadia.get(f"/pumps/{here.pump.id}").status_code == 404
    assert as_nadia.get("/patients/new").status_code == 403  # a viewer there
    assert session.scalar(sa.select(sa.func.count()).select_from(Pump)) == 1


def test_nobody_is_called_late_only_as_far_as_is_known(as_nadia, here, session):
    pump_of(session, here.place)
    session.commit()

    page = as_nadia.get("/").text

    assert "Nobody is late." not in page
    assert "Nobody is known to be late;" in page
    assert "no date." in page.split("Nobody is known to be late;")[1][:40]


def test_the_counts_say_that_they_are_of_the_whole_clinic(as_nadia):
    page = as_nadia.get("/?bucket=xyz&risk=low").text

    assert "In the whole clinic" in page
    assert 'aria-current="true">All' in page
    assert 'name="bucket"' not in page


def test_a_stopped_pump_that_may_harm_is_a_red_row(as_nadia, here, session):
    watch = a_row(session, here, "Halted", NOW + 60 * DAY)
    watch.stopped_since = NOW - DAY
    session.commit()

    row = search(as_nadia, "/board/find", q="halted", kind="refill").text.split("<tr")[-1]

    assert row.startswith(' class="late">')
    assert "Pump stopped since" in row


def test_the_rows_are_reached_without_the_filters(as_nadia):
    page = as_nadia.get("/").text

    assert '<a class="skip" href="#rows">' in page
    assert 'id="rows"' in page
