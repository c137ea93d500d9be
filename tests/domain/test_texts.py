"""A clinic's own words: blanks of a list, and nothing that is acted on."""

import pytest

from tracker.domain.texts import BLANKS, TEXTS, WrongBlank, check_blanks, fill

BOOK, VISIT, STAFF = (
    TEXTS[name] for name in ("refill_please_book", "visit_reminder", "refill_book")
)
RIGHT = "{{ clinic }}, {{clinic_phone}}: please call"


def test_a_text_with_the_blanks_it_needs_is_right() -> None:
    assert check_blanks(BOOK, "sms", RIGHT) == []
    assert check_blanks(BOOK, "subject", "Please call") == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param("{{ clinic }}", "It must say its telephone number", id="no telephone"),
        pytest.param(RIGHT + " {{ surname }}", "There is no blank", id="an unknown blank"),
        pytest.param(RIGHT + " {{ to_name }}", "There is no blank", id="a name in an SMS"),
        pytest.param(RIGHT + " {{ clinic.id }}", "A blank is written", id="an attribute"),
        pytest.param(RIGHT + " {{ 7*7 }}", "A blank is written", id="an expression"),
        pytest.param(RIGHT + " {% if x %}", "A blank is written", id="a statement"),
        pytest.param(RIGHT + " {# x #}", "A blank is written", id="a comment"),
        pytest.param(RIGHT + " {{ clinic", "A blank is written", id="an open end"),
        pytest.param(RIGHT + "\nand more", "one line", id="two lines"),
        pytest.param(RIGHT + "x" * 500, "at most 459", id="too long"),
    ],
)
def test_what_is_wrong_with_a_text_is_said(words: str, said: str) -> None:
    assert any(said in one for one in check_blanks(BOOK, "sms", words))


def test_a_repeat_to_staff_must_say_which_notice_it_is() -> None:
    wrong = check_blanks(STAFF, "subject", "{{ who }}: please look")

    assert wrong == ["It must say which notice it is: 3rd notice: {{ nth }}."]


def test_a_visit_must_say_when() -> None:
    assert len(check_blanks(VISIT, "body", RIGHT)) == 2


def test_what_is_filled_in_is_not_read_again() -> None:
    facts = {"clinic": "{{ clinic_phone }}", "clinic_phone": "0123"}

    assert fill("{{ clinic }}", facts) == "{{ clinic_phone }}"
    with pytest.raises(WrongBlank):
        fill("{{ secret }}", facts)
    with pytest.raises(WrongBlank):
        fill("{{ zone }}", facts | {"zone": "x"})


def test_every_blank_is_explained_and_every_need_is_a_blank() -> None:
    for text in TEXTS.values():
        assert set(text.blanks) <= BLANKS.keys()
        for part in ("subject", "body", "sms"):
            assert set(text.needed_in(part)) <= set(text.blanks_of(part))
