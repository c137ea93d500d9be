"""What a pump model and a drug are called, and how a name of a person is taken apart."""

import re
import unicodedata
from collections.abc import Iterator
from decimal import Decimal

from tracker.domain.catalogue import Catalogue
from tracker.domain.catalogue.entries import DrugEntry, PumpEntry
from tracker.domain.errors import TrackerError
from tracker.domain.recall import plain_serial
from tracker.domain.units import format_number

PARTICLES = frozenset(
    {"van", "von", "vom", "zu", "zum", "zur", "de", "der", "den", "del", "della", "di", "da"}
    | {"dos", "das", "du", "la", "le", "el", "al", "bin", "ibn", "ten", "ter", "op", "af", "av"}
)
SALTS = re.compile(
    r"\b(hcl|hydrochlorid\w*|sulfate?|sulphate|sulfat|injection|intrathecal|it|pf|lösung)\b"
)
OTHER_NAMES = {
    **{"morphin": "morphine", "hydromorphon": "hydromorphone", "clonidin": "clonidine"},
    **{"bupivacain": "bupivacaine", "ziconotid": "ziconotide", "baclofène": "baclofen"},
    **{"saline": "saline", "nacl": "saline", "kochsalz": "saline", "kochsalzlösung": "saline"},
    **{"normal saline": "saline", "sufentanyl": "sufentanil", "fentanil": "fentanyl"},
}
ROMAN = {"2": "ii", "3": "iii"}
SIZE_WORDS = frozenset(
    {"ml", "cc", "pump", "pumpe", "infusion", "system", "implantable", "the"}
)


class NotNamed(TrackerError):
    code = "not_named"


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def split_name(text: str) -> tuple[str, str]:
    """Family name and given name of “Last, First” or “First Last”. Raises NotNamed."""
    parts = [" ".join(one.split()) for one in text.split(",")]
    if len(parts) == 2 and all(parts):
        return parts[0], parts[1]
    if len(parts) > 1:
        raise NotNamed(f"{text[:60]} can't be taken apart into family name and given name")
    words = text.split()
    if len(words) < 2:
        raise NotNamed(f"{text[:60]} is one name, and two are needed")
    start = len(words) - 1
    while start > 1 and words[start - 1].casefold() in PARTICLES:
        start -= 1
    return " ".join(words[start:]), " ".join(words[:start])


def find_drug(text: str, catalogue: Catalogue) -> DrugEntry | None:
    """The drug of the catalogue that goes by this name, a salt or a product of it."""
    plain = " ".join(SALTS.sub(" ", re.sub(r"[^\w ]", " ", _folded(text))).split())
    plain = OTHER_NAMES.get(plain, plain)
    for entry in catalogue.drugs.values():
        products = (entry.text("products") or "").casefold().split(", ")
        if plain and plain in (entry.code, entry.name.casefold(), *products):
            return entry
    return None


def find_pump(text: str, capacity_ml: Decimal | None, catalogue: Catalogue) -> PumpEntry:
    """The one pump model that is meant; its size may stand beside it. Raises NotNamed."""
    found = list(_by_number(text, catalogue)) or list(_by_name(text, catalogue))
    if not found:
        raise NotNamed(f"{text[:60]} is not a pump model that is known here")
    if len(found) > 1 and capacity_ml is not None:
        found = [one for one in found if one.reservoir_capacity_ml == capacity_ml] or found
    if len(found) > 1:
        sizes = " or ".join(format_number(one.reservoir_capacity_ml) for one in found)
        raise NotNamed(f"{text[:60]} has {sizes} mL: its size was not said")
    if capacity_ml is not None and found[0].reservoir_capacity_ml != capacity_ml:
        raise NotNamed(
            f"a reservoir of {format_number(capacity_ml)} mL is not that of {text[:60]},"
            f" which has {format_number(found[0].reservoir_capacity_ml)} mL"
        )
    return found[0]


def _by_number(text: str, catalogue: Catalogue) -> Iterator[PumpEntry]:
    words = {plain_serial(one) for one in _folded(text).replace(",", " ").split()}
    for entry in catalogue.pumps.values():
        numbers = (entry.text("model_numbers") or "").split(", ")
        if words & {plain_serial(one.casefold()) for one in numbers if one}:
            yield entry


def _words(text: str) -> list[str]:
    apart = re.sub(r"(?<=[0-9])(?=[a-zµ])|(?<=[a-z])(?=[0-9])", " ", _folded(text))
    apart = re.sub(r"(?<![a-z])sm (?=[2i])", "synchromed ", re.sub(r"\bsm(?=i)", "sm ", apart))
    words = re.findall(r"[^\W_]+", re.sub(r"synchro med", "synchromed", apart))
    return [one for one in words if one not in SIZE_WORDS]


def _by_name(text: str, catalogue: Catalogue) -> Iterator[PumpEntry]:
    words = _words(text)
    for entry in catalogue.pumps.values():
        maker = entry.maker.casefold()
        name, size = _words(entry.name), format_number(entry.reservoir_capacity_ml)
        family = [one for one in name[:-1] if one != maker]
        typed = [one for one in words if one != maker]
        if typed and typed[0] == "synchromed" and len(typed) > 1:
            typed[1] = ROMAN.get(typed[1], typed[1])
        if typed in (family, [*family, size]):
            yield entry
