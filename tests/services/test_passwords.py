"""A new password: long, unknown to guessers, and of any letters whatever."""

import pytest

from tracker.services.passwords import WeakPassword, check_new

ABOUT = ("Nadia Brandt", "nadia.brandt@riverside.example", "Riverside Spasticity Clinic")


@pytest.mark.parametrize(
    "password",
    [
        pytest.param("seven quiet lamps", id="words, all small"),
        pytest.param("gXk29slPq1zz", id="twelve at random"),
        pytest.param("žluťoučký kůň úpěl", id="another language"),
        pytest.param("x9!" * 3 + "blue kettle sings" * 40, id="very long"),
    ],
)
def test_what_nobody_guesses_is_taken_without_asking_for_signs(password):
    check_new(password, ABOUT)


@pytest.mark.parametrize(
    ("password", "said"),
    [
        pytest.param("k7#pQz!x2Lm", "12 characters", id="eleven"),
        pytest.param("a" * 1001, "at most 1000", id="a novel"),
        pytest.param("1q2w3e4r5t6y", "guessers", id="on the list of broken ones"),
        pytest.param("iloveyouforever", "guessers", id="two that are on it"),
        pytest.param("Summer2026!!!", "guessers", id="made for a rule about signs"),
        pytest.param(
            "ｍａｎｃｈｅｓｔｅｒｕｎｉｔｅｄ", "guessers", id="in letters of another shape"
        ),
        pytest.param("\ufb03" * 4, "guessers", id="four signs that stand for twelve letters"),
        pytest.param("aaaaaaaaaaaaaaaa", "guessers", id="one letter"),
        pytest.param("qwertyuiop[]asdf", "guessers", id="along the keyboard"),
        pytest.param("Nadia.Brandt1", "would try first", id="her name"),
        pytest.param("riverside2026", "would try first", id="the clinic"),
        pytest.param("PumpRefillTracker!", "would try first", id="the product"),
        pytest.param("Baclofen-Pump-1", "would try first", id="the work"),
    ],
)
def test_what_guessers_try_first_is_refused_with_the_reason(password, said):
    with pytest.raises(WeakPassword, match=said) as refused:
        check_new(password, ABOUT)

    assert refused.value.field == "password"
