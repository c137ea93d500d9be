"""What a message may not say: no dose, drug, diagnosis or surname where others may read it.

A subject and a text message are read on a locked screen, by whoever holds it. A patient's whole
message is held to more: it speaks of a visit, and not of a device. Sources: S77 (limit what a
message says), and a rule of ours for the rest (docs/decisions/0012).
"""

import re
from collections.abc import Iterable
from functools import cache

from tracker.domain import catalogue

OPEN_PARTS = frozenset({"subject", "sms"})

UNITS = (
    r"mcg|µg|μg|ug|mg|ml|milligrams?|micrograms?|millilitres?|milliliters?"
    r"|mikrogramm|milligramm|milliliter|microgramos?|miligramos?|mililitros?"
    r"|microgrammes?|milligrammes?|millilitres?"
)
DOSE = re.compile(
    rf"\d[\d.,]*\s*(?:{UNITS})(?!\w)|(?<!\w)(?:mcg|µg|μg|mg|ml)\s*/"
    rf"|(?<!\w)(?:micrograms?|milligrams?|mikrogramm|milligramm|microgramos?|miligramos?"
    rf"|microgrammes?|milligrammes?)(?!\w)",
    re.IGNORECASE,
)
# Beginnings, so that each holds in the four languages and with any ending.
DRUGS = (
    *("baclof", "morphin", "morfin", "hydromorph", "hidromorf", "fentan", "sufentan"),
    *("zicono", "clonidin", "bupivaca", "ropivaca", "opioid", "opiac"),
)
DIAGNOSES = (
    *("spasti", "espastic", "dyston", "diston", "cancer", "cáncer", "tumo", "krebs"),
    *("palsy", "paralys", "parális", "lähmung", "scleros", "sklero", "escleros", "scléros"),
    *("withdrawal", "entzug", "abstinenc", "sevrage"),
)
DEVICE = re.compile(
    r"(?<!\w)(?:pumps?|pumpen?|schmerzpumpen?|bombas?|pompes?|intra(?:th?e[ck]al|thécal)\w*)(?!\w)",
    re.IGNORECASE,
)
WORD = re.compile(r"\w+")
DRUG_WORDS_KEPT = 4  # letters; shorter names of the catalogue could be a word of any language


def lint(text: str, *, to_patient: bool, part: str, never_say: Iterable[str] = ()) -> list[str]:
    """What is wrong with the words of one part (subject, body, sms), in sentences."""
    if not to_patient and part not in OPEN_PARTS:
        return []
    where = "A message to a patient" if to_patient else "A subject or short message"
    words = WORD.findall(text)
    wrong = []
    if found := DOSE.search(text):
        wrong.append(f"{where} may name no dose ({found[0].strip()}).")
    if drug := _beginning_with(_drugs(), words):
        wrong.append(f"{where} may name no drug ({drug}).")
    if diagnosis := _beginning_with(DIAGNOSES, words):
        wrong.append(f"{where} may name no diagnosis ({diagnosis}).")
    if to_patient and (found := DEVICE.search(text)):
        wrong.append(
            f"A message to a patient does not speak of the device ({found[0]}): say visit."
        )
    if not spoken(text).isdisjoint(word.casefold() for word in words_of(never_say)):
        wrong.append(f"{where} may name no surname and no drug of the patient.")
    return wrong


def words_of(never_say: Iterable[str]) -> list[str]:
    """The single words, of three letters or more, of names that must not be said."""
    return [word for one in never_say for word in re.findall(r"[^\W\d_]{3,}", one)]


def spoken(text: str) -> set[str]:
    """The words of a text, each by itself and in small letters."""
    return set(map(str.casefold, WORD.findall(text)))


def _beginning_with(beginnings: tuple[str, ...], words: Iterable[str]) -> str:
    """The first word that begins so, as it is written; empty if none does.

    Word by word, which takes a tenth of what a pattern does that looks everywhere.
    """
    for word in words:
        if word.casefold().startswith(beginnings):
            return word
    return ""


@cache
def _drugs() -> tuple[str, ...]:
    """The names and products of the catalogue, and what they are called elsewhere."""
    names: set[str] = set()
    for entry in catalogue.load().drugs.values():
        names.update(words_of([entry.name])[:1], words_of([entry.text("products") or ""]))
    names -= {"generics"}
    kept = {name.casefold() for name in names if len(name) >= DRUG_WORDS_KEPT}
    return (*DRUGS, *sorted(kept))
