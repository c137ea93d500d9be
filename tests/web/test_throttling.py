"""Guessing is slowed down, and cannot be used to lock a colleague out."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest
import sqlalchemy as sa

from tests.web.conftest import NOW, post, rows, sign_in
from tracker.models import Trial
from tracker.services import trials


@pytest.fixture
def at(monkeypatch):
    def move(moment):
        monkeypatch.setattr("tracker.web.request.utc_now", lambda: moment)

    return move


def client_from(app, address):
    client = app.test_client()
    client.environ_base["REMOTE_ADDR"] = address
    return client


def guess_sixty_times(session, address):
    """Twenty names from one place, counted as the page would count them."""
    for number in range(60):
        counts = trials.counts_of_a_name(f"guess{number % 20}@example.org", address, None)
        trials.start(session, counts, now=NOW)


def test_after_five_mistakes_even_the_right_password_waits(client, here, at):
    for _ in range(5):
        assert sign_in(client, here.nadia.email, "wrong").status_code == 422

    refused = sign_in(client, here.nadia.email)

    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "15")
    assert "Try again in 15 seconds" in refused.text
    assert here.nadia.email in refused.text
    at(NOW + timedelta(seconds=16))
    assert sign_in(client, here.nadia.email).status_code == 302


def test_an_unknown_name_is_slowed_in_the_same_way(client, here):
    answers = [sign_in(client, "nobody@example.org", "wrong") for _ in range(6)]

    assert [one.status_code for one in answers] == [422] * 5 + [429]


def test_a_stranger_elsewhere_locks_nobody_out_at_her_own_desk_or_any_other(app, here):
    desk, stranger = client_from(app, "198.51.100.1"), client_from(app, "203.0.113.9")
    assert sign_in(desk, here.nadia.email).status_code == 302
    post(desk, "/sign-out")
    for _ in range(6):
        sign_in(stranger, here.nadia.email, "wrong")
    assert sign_in(stranger, here.nadia.email).status_code == 429

    assert sign_in(desk, here.nadia.email).status_code == 302
    assert sign_in(client_from(app, "198.51.100.2"), here.nadia.email).status_code == 302


def test_a_stranger_at_the_same_address_does_not_lock_out_the_desk_that_knows_her(
    app, here, sessions
):
    desk, stranger = app.test_client(), app.test_client()
    assert sign_in(desk, here.nadia.email).status_code == 302
    post(desk, "/sign-out")
    with sessions.begin() as session, pytest.raises(trials.TooSoon):
        guess_sixty_times(session, "127.0.0.1")
    sign_in(stranger, here.nadia.email, "wrong")
    assert sign_in(stranger, here.sam.email).status_code == 429  # the place is slowed

    assert sign_in(desk, here.nadia.email).status_code == 302


def test_a_desk_that_knows_her_has_a_budget_too_and_only_for_her(app, here):
    desk = app.test_client()
    assert sign_in(desk, here.nadia.email).status_code == 302
    post(desk, "/sign-out")
    for _ in range(5):
        sign_in(desk, here.nadia.email, "wrong")

    assert sign_in(desk, here.nadia.email).status_code == 429
    assert sign_in(app.test_client(), here.nadia.email).status_code == 302
    assert sign_in(desk, here.sam.email).status_code == 302


def test_signing_out_everywhere_makes_every_desk_a_strange_one(app, here, session):
    desk = app.test_client()
    sign_in(desk, here.nadia.email)
    post(desk, "/account/sessions/end")
    post(desk, "/sign-out")
    for _ in range(5):
        sign_in(app.test_client(), here.nadia.email, "wrong")

    assert sign_in(desk, here.nadia.email).status_code == 429


def test_the_right_password_clears_a_name_but_washes_no_place_clean(client, here, session):
    for _ in range(3):
        sign_in(client, here.nadia.email, "wrong")
    sign_in(client, here.nadia.email)

    counts = rows(session, sa.select(Trial.count).order_by(Trial.count))

    assert counts == [0, 3]


def test_tries_at_once_count_each(sessions, here):
    counts = trials.counts_of_a_name("x@example.org", "192.0.2.1", None)
    barrier, refused = Barrier(8), []

    def guess():
        barrier.wait()
        with sessions() as session:
            try:
                trials.start(session, counts, now=NOW)
                session.commit()
            except trials.TooSoon as problem:
                refused.append(problem)

    threads = [Thread(target=guess) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    assert len(refused) == 3


def test_what_is_kept_names_nobody(client, here, session):
    sign_in(client, "somebody@example.org", "wrong")

    assert all("@" not in key for key in rows(session, sa.select(Trial.key)))
