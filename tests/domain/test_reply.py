"""What an answer means by its first word."""

import pytest

from tracker.domain.reply import ReplyKind, kind_of
from tracker.domain.signature import is_same, signature, with_and_without_port


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


def test_a_field_that_comes_twice_is_signed_once_and_sorted_as_published():
    fields = [("Sid", "CA123"), ("SidAccount", "AC123")]
    fields += [("Digits", one) for one in ("5678", "1234", "1234")]

    made = signature("12345", "https://mycompany.com/myapp.php?foo=1&bar=2", fields)

    assert made == "IK+Dwps556ElfBT0I3Rgjkr1wJU="


@pytest.mark.parametrize(
    ("url", "port"),
    [
        ("https://a.example/x?b=1", 443),
        ("http://a.example/x", 80),
        ("https://a.example:8443/x", 8443),
        ("https://a.example:443/x:443", 443),
    ],
)
def test_an_address_is_known_with_and_without_its_port(url, port):
    host = f"a.example:{port}"

    long, short = with_and_without_port(url)

    assert (host in long, host in short) == (True, False)
    assert long.replace(f"{host}/", "a.example/") == short
