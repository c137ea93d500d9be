"""What an answer means by its first word."""

import pytest

from tracker.domain.reply import ReplyKind, kind_of
from tracker.domain.signature import is_same, signature


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("STOP", ReplyKind.STOP),
        ("Stop. Thank you", ReplyKind.STOP),
        (" “stop!” ", ReplyKind.STOP),
        ("Arrêt", ReplyKind.STOP),
        ("Abmelden bitte", ReplyKind.STOP),
        ("please stop texting me", ReplyKind.STOP),
        ("Don’t text me again", ReplyKind.STOP),
        ("START", ReplyKind.START),
        ("help", ReplyKind.HELP),
        ("C", ReplyKind.CONFIRM),
        ("Sí, gracias", ReplyKind.CONFIRM),
        ("yes but I feel very ill", ReplyKind.OTHER),
        ("my pump stopped", ReplyKind.OTHER),
        ("You have the wrong number", ReplyKind.WRONG_NUMBER),
        ("who is this?", ReplyKind.WRONG_NUMBER),
        ("", ReplyKind.OTHER),
        ("👍", ReplyKind.OTHER),
    ],
)
def test_the_first_word_decides_and_what_is_not_plain_is_read_by_a_person(text, kind):
    assert kind_of(text) is kind


def test_a_secret_that_is_not_set_is_nobodys():
    assert not is_same("", "")
    assert is_same("a", "a")
    assert not is_same("a", "b")


def test_the_signature_is_the_published_one():
    fields = [
        ("CallSid", "CA1234567890ABCDE"),
        ("Digits", "1234"),
        ("From", "+14158675309"),
        ("To", "+18005551212"),
        ("Caller", "+14158675309"),
    ]

    made = signature("12345", "https://mycompany.com/myapp.php?foo=1&bar=2", fields)

    assert made == "RSOYDt4T1cUTdK1PDd93/VVr8B8="
