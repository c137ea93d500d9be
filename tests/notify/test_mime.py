"""What an e-mail looks like on the line, read back by a reader of today."""

from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from typing import Any

import pytest

from tracker.domain.fitness import lint
from tracker.domain.languages import LANGUAGES
from tracker.domain.outgoing import Attachment, Outgoing, Words
from tracker.notify.mime import as_text
from tracker.notify.way_out import SENTENCES, with_way_out

NOW = datetime(2026, 6, 1, 8, 0, tzinfo=UTC)
PLAIN = Words("9 days left", "A body\nof two lines\n", "<p>A body</p>\n", "")


def a_mail(words: Words = PLAIN, **facts: Any) -> Outgoing:
    return Outgoing("1:2:3:s4:email", "nadia@hill.example", words, NOW, **facts)


def read(outgoing: Outgoing, sender: str = "Hill Clinic <pumps@hill.example>") -> Any:
    text = as_text(outgoing, sender).removesuffix(b"\r\n.\r\n")
    text = text.replace(b"\r\n..", b"\r\n.")  # as a server takes the doubled dots out
    return message_from_bytes(text.replace(b"\r\n", b"\n"), policy=default)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("A body\nof two lines\n", id="plain letters"),
        pytest.param("Grüße, Święcicki: 5 µL\n", id="letters outside ASCII"),
        pytest.param("x" * 5000 + "\n", id="a line that a server would cut"),
        pytest.param(".\n.a line with a dot\n..\n", id="lines that begin with the closing dot"),
        pytest.param("=20 and = at the end =\n", id="what looks like an escape"),
        pytest.param("From here on\n", id="what looks like the next mail of a mailbox"),
    ],
)
def test_both_texts_arrive_as_they_were_written(text):
    mail = read(a_mail(replace(PLAIN, body=text, html=f"<p>{text}</p>")))

    for kind, wanted in (("plain", text), ("html", f"<p>{text}</p>")):
        assert mail.get_body((kind,)).get_content().rstrip("\n") == wanted.rstrip("\n")


def test_every_line_is_ascii_and_short_enough_for_any_server():
    words = Words("Zoë " * 60, "Grüße " * 500, "<p>" + "Grüße " * 500 + "</p>", "")

    text = as_text(a_mail(words), "Klinik Süd <pumps@hill.example>")

    assert text.isascii()
    assert max(map(len, text.split(b"\r\n"))) <= 998
    assert b"\n" not in text.replace(b"\r\n", b"")
    assert text.endswith(b"\r\n.\r\n")


def test_names_outside_ascii_are_read_as_they_were_written():
    mail = read(a_mail(replace(PLAIN, subject="Zoë: 9 days left")), "Klinik Süd <p@h.example>")

    assert mail["Subject"] == "Zoë: 9 days left"
    assert mail["From"].addresses[0].display_name == "Klinik Süd"
    assert mail["From"].addresses[0].addr_spec == "p@h.example"


@pytest.mark.parametrize("break_", ["\n", "\r", "\r\n"])
def test_a_header_can_not_begin_another(break_):
    words = replace(PLAIN, subject=f"9 days{break_}Bcc: everybody@example.org")

    with pytest.raises(ValueError, match="one line"):
        as_text(a_mail(words), "pumps@hill.example")


def test_pages_go_along_as_they_are():
    pages = (
        Attachment("list.html", "text/html", "<p>Święcicki</p>".encode()),
        Attachment("list.pdf", "application/pdf", b"%PDF-1.4\x00\xff\n.\n"),
    )

    mail = read(a_mail(attachments=pages))

    found = list(mail.iter_attachments())
    assert [one.get_filename() for one in found] == ["list.html", "list.pdf"]
    assert found[0].get_content().strip() == "<p>Święcicki</p>"
    assert found[1].get_content() == pages[1].content
    assert mail.get_body(("plain",)).get_content() == PLAIN.body


LINK = "https://pumps.example/unsubscribe/7.ab5mgcd"


@pytest.mark.parametrize("language", sorted({*LANGUAGES, "pl"}))
def test_a_letter_to_a_patient_says_in_their_language_how_to_end_them(language):
    letter = "<html><body>\n<p>Zoë, hallo</p>\n</body></html>\n"
    words = replace(PLAIN, html=letter, language=language, unsubscribe=LINK)

    mail = read(a_mail(words))
    text, html = (mail.get_body((kind,)).get_content() for kind in ("plain", "html"))

    sentence = SENTENCES[language if language in LANGUAGES else "en"]
    assert text == f"{PLAIN.body}\n-- \n{sentence}\n{LINK}\n"
    assert html.index("hallo") < html.index(f'<a href="{LINK}">') < html.index("</body>")
    assert f'lang="{language if language in LANGUAGES else "en"}"' in html
    assert lint(sentence, to_patient=True, part="body") == []


def test_staff_are_offered_no_end_of_their_e_mails():
    assert with_way_out(PLAIN) == (PLAIN.body, PLAIN.html)
