"""What a message may not say, in each of the languages."""

import pytest

from tracker.domain.fitness import lint


@pytest.mark.parametrize(
    "said",
    [
        *("Baclofen", "baclofène", "Baclofeno", "Lioresal", "Gablofen", "Morphin", "morfina"),
        *("Fentanyl", "fentanilo", "Ziconotid", "Prialt", "Clonidin", "Infumorph"),
        *("200 mcg", "200µg", "1,5 mg", "3 ml", "20 mL", "mcg/day", "250 micrograms"),
        *("500 Mikrogramm", "300 microgramos", "2 milligrammes"),
        *("spasticity", "Spastik", "espasticidad", "dystonie", "cancer", "Krebs", "sklerose"),
    ],
)
@pytest.mark.parametrize("part", ["subject", "sms"])
@pytest.mark.parametrize("to_patient", [True, False])
def test_no_open_part_names_a_drug_a_dose_or_a_diagnosis(
    said: str, part: str, to_patient: bool
) -> None:
    assert lint(f"About {said} today", to_patient=to_patient, part=part)


@pytest.mark.parametrize("said", ["pump", "Pumpe", "bomba", "pompe", "Pumps", "intrathecal"])
def test_a_patient_is_not_written_to_about_a_device(said: str) -> None:
    for part in ("subject", "body", "sms"):
        assert lint(f"Your {said} is ready", to_patient=True, part=part)
    assert lint(f"Your {said} is ready", to_patient=False, part="sms") == []


def test_a_letter_to_staff_may_say_what_it_must() -> None:
    assert lint("Withdrawal of baclofen, 200 mcg", to_patient=False, part="body") == []


def test_names_that_must_not_be_said_are_found_as_words() -> None:
    never = ("O'Byron-Day", "xanol")

    assert lint("Mrs byron, please", to_patient=True, part="sms", never_say=never)
    assert lint("Xanol", to_patient=False, part="subject", never_say=never)
    assert lint("Byronic holidays", to_patient=True, part="sms", never_say=never) == []


@pytest.mark.parametrize(
    "said",
    [
        "Hill Clinic: please call 01632 960 001 to arrange the next visit.",
        "Ihr Termin am 3. Mai um 09:00 Uhr. Bitte rufen Sie an.",
        "Su visita es el 3 de mayo. Bombay y pumpernickel.",
        "Am 3. Mai, 5 Minuten vor 9",
    ],
)
def test_ordinary_words_are_let_through(said: str) -> None:
    assert lint(said, to_patient=True, part="sms") == []


def test_what_is_wrong_is_said_with_the_word_that_is_meant() -> None:
    (sentence,) = lint("more baclofen", to_patient=True, part="body")

    assert sentence == "A message to a patient may name no drug (baclofen)."
