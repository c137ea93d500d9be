"""The page of the rehearsal: it runs when asked, and only for its own clinic."""

from tests.web.conftest import post, sign_in


def test_nothing_runs_before_it_is_asked_for(as_nadia):
    page = as_nadia.get("/rehearsal").text

    assert "nothing is sent" in page
    assert '<p role="status">' not in page


def test_it_says_what_will_be_sent_and_what_would_have_been(as_nadia):
    ahead = as_nadia.get("/rehearsal?days=7")
    back = as_nadia.get("/rehearsal?days=7&past=30")

    assert "will be sent" in ahead.text
    assert "were really sent in that time" in back.text


def test_a_pump_is_named_as_staff_know_it_and_no_address_says_whose_it_is(as_nadia, here):
    for name in (here.pump.serial, here.patient.mrn, str(here.pump.id)):
        led = post(as_nadia, "/rehearsal", days="7", pump=name).location

        assert led == f"/rehearsal?pump={here.pump.id}&days=7"
    page = as_nadia.get(led).text
    assert f"for {here.patient.family_name}, {here.patient.given_name}" in page
    assert f'value="{here.pump.serial}"' in page


def test_a_pump_of_another_clinic_is_not_there(here, app, session):
    other = app.test_client()
    sign_in(other, here.sam.email)

    assert other.get(f"/rehearsal?days=7&pump={here.pump.id}").status_code == 404
    for name in (str(here.pump.id), here.pump.serial, here.patient.mrn):
        page = post(other, "/rehearsal", days="7", pump=name)

        assert page.status_code == 422
        assert "No pump of this clinic has this number." in page.text
        assert here.patient.family_name not in page.text
