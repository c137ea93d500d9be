"""Messages in words: what each says, and what none may say in the open."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from tinyhtml5.parser import HTMLParser

from tracker.domain.danger import Rule, WatchKind
from tracker.domain.escalation import Level
from tracker.domain.gsm7 import length
from tracker.domain.languages import LANGUAGES
from tracker.domain.message import Channel
from tracker.domain.outgoing import Notice, UnfitWords
from tracker.domain.reply import ReplyKind, kind_of
from tracker.domain.unsubscribing import contact_of
from tracker.domain.wording import RULE_WORDS
from tracker.notify.folders import FOLDER
from tracker.notify.phrases import PERMANENT_NOTICE, days_left, ordinal
from tracker.notify.render import Renderer
from tracker.web.words import words_for

NOW = datetime(2026, 6, 1, 8, 0, tzinfo=UTC)
LONDON = ZoneInfo("Europe/London")
NAMES = sorted(path.name for path in FOLDER.iterdir() if path.is_dir())
TO_PATIENTS = ["refill_please_book", "visit_reminder"]
DATED = {
    *("refill_book", "refill_late", "refill_dry", "battery_replace", "mismatch", "recall_open"),
    *("drug_order", "authorisation_due"),
}
# An appointment is no estimate; the list of the morning is named after its day.
APPOINTED = {"visit_reminder", "visit_unconfirmed", "visit_unsettled", "morning_list"}
REPORTS = {"day_report", "week_report"}
PARTS = ["body.html", "body.txt", "sms.txt", "subject.txt"]
OTHERS = sorted(LANGUAGES.keys() - {"en"})
IN_LANGUAGES = [(name, one) for name in TO_PATIENTS for one in ("en", *OTHERS)]

ORDINARY = Notice(
    key="1:2:3:s4:email",
    template="refill_book",
    channel=Channel.EMAIL,
    to_address="nadia@hill.example",
    to_name="Nadia",
    is_to_staff=True,
    clinic_name="Hill Clinic",
    clinic_phone="01632 960 001",
    zone=LONDON,
    kind=WatchKind.REFILL,
    level=Level.WARN,
    nth=3,
    pump_id=123,
    initials="AB",
    given_name="Ada",
    danger_at=NOW + timedelta(days=9),
    dry_at=NOW + timedelta(days=20),
    binding_rule=Rule.DRUG_LIMIT,
    never_say=("Byron", "baclofen"),
)


def to_ada(template: str, **facts: Any) -> Notice:
    return a_notice(template, **{"is_to_staff": False, "to_name": "Ada", "nth": 1} | facts)


def a_notice(template: str, **facts: Any) -> Notice:
    return replace(ORDINARY, template=template, **facts)


@pytest.fixture
def renderer() -> Renderer:
    return Renderer("https://pumps.example/")


def test_the_folders_are_those_that_ladders_name_each_with_four_parts() -> None:
    assert set(NAMES) == DATED | APPOINTED | REPORTS | set(TO_PATIENTS) | {
        "access_opened",
        "call_promised",
        "assessment_due",
        "device_alarm",
        "discrepancy",
        "end_unconfirmed",
        "flow_raised",
        "interrogation_due",
        "no_data",
        "pump_stopped",
        "refill_disputed",
        "reply_unread",
        "review_due",
        "system_fault",
        "transfer_open",
        "undeliverable",
    }
    for name in NAMES:
        within = sorted(path.name for path in (FOLDER / name).iterdir())
        assert within == sorted(PARTS + (OTHERS if name in TO_PATIENTS else []))


@pytest.mark.parametrize(("name", "language"), IN_LANGUAGES)
def test_a_patient_reads_every_part_in_every_shipped_language(
    renderer: Renderer, name: str, language: str
) -> None:
    words = renderer.words(to_ada(name, languages=(language, "en")), now=NOW)

    assert words.language == language
    assert words.note == ""
    assert f'<html lang="{language}">' in words.html
    assert HTMLParser().parse(words.html) is not None
    for paragraph in re.split(r"\n\s*\n", words.body.strip()):
        for line in paragraph.split("\n"):
            assert line.strip() in unescape(words.html)


@pytest.mark.parametrize("name", NAMES)
def test_every_message_is_in_order(renderer: Renderer, name: str) -> None:
    words = renderer.words(a_notice(name), now=NOW)

    assert words.subject
    assert "\n" not in words.subject
    assert "\n\n\n" not in words.body
    parser = HTMLParser()
    parser.parse(words.html)
    assert parser.errors == []
    assert "{" not in words.subject + words.body + words.html + words.sms


@pytest.mark.parametrize("name", NAMES)
def test_every_message_holds_with_nothing_known_but_the_clinic(
    renderer: Renderer, name: str
) -> None:
    bare = a_notice(
        name, pump_id=None, initials="", danger_at=None, dry_at=None, binding_rule=None
    )

    words = renderer.words(bare, now=NOW)

    assert "None" not in words.subject + words.body + words.html + words.sms


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("clinic", ["Hill Clinic", "The Royal Northern Infirmary of the Hills"])
def test_every_short_message_is_one_plain_segment(
    renderer: Renderer, name: str, clinic: str
) -> None:
    long = a_notice(name, pump_id=1_234_567, nth=112, clinic_name=clinic)

    sms = renderer.words(long, now=NOW + timedelta(days=400)).sms

    assert length(sms).segments == 1
    assert not length(sms).is_wide
    assert "\n" not in sms


@pytest.mark.parametrize(("name", "language"), IN_LANGUAGES)
@pytest.mark.parametrize("nth", [1, 2])
@pytest.mark.parametrize("month", range(1, 13))
def test_every_short_message_to_a_patient_is_one_plain_segment_in_each_month(
    renderer: Renderer, name: str, language: str, nth: int, month: int
) -> None:
    visit = datetime(2026, month, 30 if month != 2 else 28, 9, tzinfo=UTC)
    facts = {"clinic_name": "Clínica de la Asunción: dolor y espasmos", "nth": nth}
    facts |= {"languages": (language,), "clinic_phone": "+44 1632 960 00011"}
    long = to_ada(name, danger_at=visit, **facts)

    sms = renderer.words(long, now=visit - timedelta(days=27)).sms

    assert length(sms).segments == 1, sms
    assert not length(sms).is_wide, sms


@pytest.mark.parametrize("name", NAMES)
def test_hazard_h18_nothing_names_the_patients_surname_or_drug(
    renderer: Renderer, name: str
) -> None:
    words = renderer.words(a_notice(name), now=NOW)

    everything = (words.subject + words.body + words.html + words.sms).lower()
    assert "byron" not in everything
    assert "baclofen" not in everything


@pytest.mark.parametrize("name", sorted(DATED))
def test_every_message_that_shows_a_date_carries_the_permanent_notice(
    renderer: Renderer, name: str
) -> None:
    words = renderer.words(a_notice(name), now=NOW)

    assert "10 Jun 2026" in words.body
    assert PERMANENT_NOTICE in words.body
    assert PERMANENT_NOTICE.replace("'", "&#39;") in words.html


@pytest.mark.parametrize("name", sorted(set(NAMES) - DATED - APPOINTED - REPORTS))
def test_no_other_message_shows_a_date(renderer: Renderer, name: str) -> None:
    words = renderer.words(a_notice(name), now=NOW)

    assert not re.search(r"\b20\d\d\b", words.body + words.sms + words.subject)


def test_a_refill_notice_says_days_left_rule_and_where_to_look(renderer: Renderer) -> None:
    words = renderer.words(a_notice("refill_book"), now=NOW)

    assert words.subject == "AB, pump 123: refill to book, 9 days left (3rd notice)"
    assert RULE_WORDS[Rule.DRUG_LIMIT] in words.body
    assert "https://pumps.example/pumps/123" in words.body
    assert "Europe/London" in words.body


@pytest.mark.parametrize("part", ["subject", "body", "html", "sms"])
def test_a_patient_reads_nothing_of_a_machine_and_nothing_to_fear(
    renderer: Renderer, part: str
) -> None:
    text = getattr(renderer.words(to_ada("refill_please_book"), now=NOW), part).lower()

    for word in (
        *("pump", "refill", "device", "reservoir", "alarm", "drug", "dose"),
        *("late", "overdue", "urgent", "failed", "must", "customer"),
    ):
        assert not re.search(rf"\b{word}\b", text), word
    assert "01632 960 001" in text or part == "subject"


@pytest.mark.parametrize(("name", "language"), IN_LANGUAGES)
def test_a_second_message_to_a_patient_reads_like_a_second_one(
    renderer: Renderer, name: str, language: str
) -> None:
    first, second = (
        renderer.words(to_ada(name, languages=(language,), nth=nth), now=NOW) for nth in (1, 2)
    )

    for part in ("subject", "body", "html", "sms"):
        assert getattr(first, part) != getattr(second, part), part


def test_the_second_word_about_a_visit_says_how_far_off_it_is(renderer: Renderer) -> None:
    two_days_before = to_ada("visit_reminder", danger_at=NOW + timedelta(days=2), nth=2)

    words = renderer.words(two_days_before, now=NOW)

    assert "A second short word about the visit in 2 days" in words.body
    assert "in 2 days, 3 Jun 2026" in words.sms


def test_dates_are_said_in_the_readers_language_whatever_the_machine_speaks(
    renderer: Renderer,
) -> None:
    visit = {"danger_at": datetime(2027, 3, 1, 9, tzinfo=UTC)}
    said = [
        renderer.words(to_ada("visit_reminder", languages=(one,), **visit), now=NOW).body
        for one in ("en", "de", "es", "fr")
    ]

    expected = ["1 Mar 2027", "1. März 2027", "1 de marzo de 2027", "1er mars 2027"]
    weekdays = ["Monday", "Montag", "lunes", "lundi"]
    for body, day, weekday in zip(said, expected, weekdays, strict=True):
        assert day in body
        assert weekday in body


def test_a_language_without_words_falls_back_to_the_clinics_and_says_so(
    renderer: Renderer,
) -> None:
    words = renderer.words(to_ada("refill_please_book", languages=("pl", "de")), now=NOW)

    assert words.language == "de"
    assert words.body.startswith("Guten Tag Ada")
    assert words.note == "no Polish words for this message: said in German"


def test_staff_are_told_in_english_without_a_word_about_it(renderer: Renderer) -> None:
    words = renderer.words(a_notice("refill_book", languages=("de",)), now=NOW)

    assert (words.language, words.note) == ("en", "")


OWN = {
    ("pl", "subject"): "Wizyta: {{ clinic }}",
    ("pl", "body"): "Dzień dobry {{ to_name }},\n\nprosimy o telefon: {{ clinic_phone }}.",
    ("pl", "sms"): "{{ clinic }}: prosimy o telefon {{ clinic_phone }}. Łódź",
}


def test_the_clinics_own_words_are_said_escaped_and_in_paragraphs(renderer: Renderer) -> None:
    notice = to_ada("refill_please_book", languages=("pl",), own_words=OWN, to_name="<Ada>")

    words = renderer.words(notice, now=NOW)

    assert words.subject == "Wizyta: Hill Clinic"
    assert words.body == "Dzień dobry <Ada>,\n\nprosimy o telefon: 01632 960 001.\n"
    assert '<p dir="auto">Dzień dobry &lt;Ada&gt;,</p>' in words.html
    assert words.sms == "Hill Clinic: prosimy o telefon 01632 960 001. Lodz"


def test_one_part_may_be_the_clinics_and_the_others_shipped(renderer: Renderer) -> None:
    own = {("en", "subject"): "Come and see us at {{ clinic }}"}

    words = renderer.words(to_ada("refill_please_book", own_words=own), now=NOW)

    assert words.subject == "Come and see us at Hill Clinic"
    assert "It is time to arrange" in words.body


def test_own_words_to_staff_carry_the_permanent_notice(renderer: Renderer) -> None:
    own = {("en", "body"): "{{ who }} by {{ by }}, {{ nth }}"}

    words = renderer.words(a_notice("refill_book", own_words=own), now=NOW)

    assert words.body.startswith("AB, pump 123 by 10 Jun 2026, 3rd notice")
    assert PERMANENT_NOTICE in words.body


@pytest.mark.parametrize("said", ["your pump", "baclofen", "250 µg", "spasticity", "Mrs Byron"])
def test_a_patients_letter_is_held_to_the_rule_too(renderer: Renderer, said: str) -> None:
    own = {("en", "body"): f"{{{{ clinic }}}} {{{{ clinic_phone }}}}: {said}"}
    notice = to_ada("refill_please_book", own_words=own)
    if said == "Mrs Byron":
        own[("en", "body")] = "Dear {{ given_name }}"
        notice = to_ada("refill_please_book", own_words=own, clinic_phone="Mrs Byron")

    with pytest.raises(UnfitWords):
        renderer.words(notice, now=NOW)


def test_a_reader_may_be_greeted_by_the_surname_in_a_letter(renderer: Renderer) -> None:
    words = renderer.words(to_ada("refill_please_book", to_name="Ada Byron"), now=NOW)

    assert "Dear Ada Byron" in words.body


def test_shipped_words_that_are_unfit_are_refused_at_start(tmp_path: Path) -> None:
    folder = tmp_path / "refill_please_book"
    folder.mkdir()
    for name in PARTS:
        (folder / name).write_text("{{ clinic }}")
    (folder / "body.txt").write_text("Your pump is nearly empty")

    with pytest.raises(UnfitWords, match=r"refill_please_book/body\.txt"):
        Renderer("", tmp_path)


def test_a_patient_is_offered_help_to_come(renderer: Renderer) -> None:
    body = renderer.words(to_ada("refill_please_book"), now=NOW).body

    assert "If coming to us is difficult" in body
    assert "call us, or your emergency number" in body
    assert "your next visit" in body


def test_a_carer_is_told_whose_visit_it_is(renderer: Renderer) -> None:
    body = renderer.words(a_notice("refill_please_book", to_name="Ben"), now=NOW).body

    assert "the next visit of Ada" in body


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("{{ clinic }}: Baclofen for AB", id="a drug"),
        pytest.param("{{ clinic }}: 200 mcg a day", id="a dose"),
        pytest.param("{{ clinic }}: {{ note }}", id="the surname, through a note"),
        pytest.param("{{ clinic }}: spasticity", id="a diagnosis"),
    ],
)
@pytest.mark.parametrize("part", ["subject.txt", "sms.txt"])
def test_a_template_that_says_too_much_is_refused(tmp_path: Path, part: str, line: str) -> None:
    folder = tmp_path / "refill_book"
    folder.mkdir()
    for name in PARTS:
        (folder / name).write_text("{{ clinic }}")
    (folder / part).write_text(line)

    with pytest.raises(UnfitWords):
        Renderer("", tmp_path).words(a_notice("refill_book", note="Mrs Byron rang"), now=NOW)


@pytest.mark.parametrize("surname", ["Book", "June", "Day", "Hill", "Jun"])
def test_a_surname_that_is_a_common_word_stops_no_message(
    renderer: Renderer, surname: str
) -> None:
    assert renderer.words(a_notice("refill_book", never_say=(surname,)), now=NOW)


def test_what_is_said_is_escaped_in_html(renderer: Renderer) -> None:
    words = renderer.words(a_notice("refill_book", to_name="<b>Nadia</b>"), now=NOW)

    assert "<b>Nadia" not in words.html
    assert "<b>Nadia" in words.body


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (9, "9 days left"),
        (1, "1 day left"),
        (0, "today"),
        (-1, "1 day late"),
        (-3, "3 days late"),
    ],
)
def test_days_left_are_days_of_the_clinics_calendar(days: int, said: str) -> None:
    late_in_the_evening = datetime(2026, 6, 1, 23, 30, tzinfo=LONDON)
    just_after_midnight = datetime(2026, 6, 1, 0, 1, tzinfo=LONDON) + timedelta(days=days)

    assert days_left(just_after_midnight, LONDON, now=late_in_the_evening) == said


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (1, "1st"),
        (2, "2nd"),
        (3, "3rd"),
        (4, "4th"),
        (11, "11th"),
        (113, "113th"),
        (21, "21st"),
    ],
)
def test_ordinals(number: int, said: str) -> None:
    assert ordinal(number) == said


def test_every_rule_has_its_words_alike_on_pages_and_in_messages() -> None:
    assert set(RULE_WORDS) == set(Rule)
    for rule, said in RULE_WORDS.items():
        assert words_for(rule) == said
        assert not said.startswith(("the ", "a "))  # the sentence says it


@pytest.mark.parametrize(
    ("days", "subject", "body"),
    [
        pytest.param(1, "refill due, 1 day left", "is 2 Jun 2026", id="before"),
        pytest.param(0.1, "refill due, today", "is 1 Jun 2026", id="later that day"),
        pytest.param(-0.1, "refill-by date reached, today", "was 1 Jun 2026", id="that day"),
        pytest.param(-3, "refill-by date reached, 3 days late", "was 29 May 2026", id="after"),
    ],
)
def test_a_late_notice_never_says_that_a_date_has_passed_before_it_has(
    renderer: Renderer, days: float, subject: str, body: str
) -> None:
    notice = a_notice("refill_late", danger_at=NOW + timedelta(days=days))

    words = renderer.words(notice, now=NOW)

    assert f"pump 123: {subject} (" in words.subject
    assert f"The refill-by date of AB, pump 123 {body}" in words.body
    assert f"The refill-by date of AB, pump 123 {body}" in words.html


def test_the_link_that_ends_e_mails_is_the_patients_own() -> None:
    signed = Renderer("https://pumps.example/", secret="secret")

    to_ada_words = signed.words(to_ada("refill_please_book", contact_id=7), now=NOW)
    to_staff = signed.words(a_notice("refill_book"), now=NOW)

    token = to_ada_words.unsubscribe.removeprefix("https://pumps.example/unsubscribe/")
    assert contact_of(token, "secret") == 7
    assert to_staff.unsubscribe == ""


@pytest.mark.parametrize("language", ["en", *OTHERS])
@pytest.mark.parametrize("nth", [1, 2])
def test_the_answers_that_a_text_about_a_visit_asks_for_are_understood(
    renderer: Renderer, language: str, nth: int
) -> None:
    sms = renderer.words(to_ada("visit_reminder", languages=(language,), nth=nth), now=NOW).sms

    asked = [word for word in re.findall(r"\b[A-Z]{2,}\b", sms) if word != "SMS"]
    assert {kind_of(word) for word in asked} == {ReplyKind.CONFIRM, ReplyKind.STOP}
