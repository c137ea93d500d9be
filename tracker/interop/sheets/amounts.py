"""Numbers and units as people write them; a unit that nobody named is never assumed."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from tracker.domain.errors import TrackerError
from tracker.domain.units import KEPT_PLACES, LARGEST

MASSES = {
    **dict.fromkeys(("mcg", "µg", "μg", "ug", "mcgs", "microg", "mikrog"), Decimal(1)),
    **dict.fromkeys(("microgram", "micrograms", "microgramme", "mikrogramm"), Decimal(1)),
    **dict.fromkeys(("microgrammes", "micro-gram", "micro-grams"), Decimal(1)),
    **dict.fromkeys(("mg", "mgs", "milligram", "milligrams", "milligramm"), Decimal(1000)),
    **dict.fromkeys(("milligramme", "milligrammes"), Decimal(1000)),
}
VOLUMES = (
    "milliliters",
    "milliliter",
    "millilitres",
    "millilitre",
    "mls",
    "ml",
    "ccm",
    "cc",
    "cm3",
)
DAYS = (
    *("24 hours", "24hours", "24 hrs", "24hrs", "24 hr", "24hr", "24 std", "24std", "24 h"),
    *("24h", "days", "day", "dy", "tag", "die", "d"),
)
HOURS = ("stunde", "hours", "hour", "std", "hrs", "hr", "h")
SEPARATE = r"\s*(?:/|per|pro|je|a|in|p\.)\s*"


def _any(words: Iterable[str]) -> str:
    longest_first = sorted(words, key=len, reverse=True)
    return f"(?:{'|'.join(re.escape(one) for one in longest_first)})"


MASS = _any(MASSES)
PERIOD = rf"(?P<day>{_any(DAYS)})|(?P<hour>{_any(HOURS)})"
STRENGTH = re.compile(rf"(?P<mass>{MASS})\.?{SEPARATE}(?P<of>[0-9.,]+)?\s*{_any(VOLUMES)}\.?")
DOSE = re.compile(
    rf"(?P<mass>{MASS})\.?(?:(?:{SEPARATE}|\s+)(?:{PERIOD})\.?|\s*(?P<daily>daily|täglich|tgl\.?|qd|/24)|\s*(?P<hourly>hourly|stündlich))?"
)
VOLUME = re.compile(rf"{_any(VOLUMES)}\.?")
TIME_SPANS = {
    "eri_months": re.compile(r"(?:months?|mos?|mths?|mon|monate?n?)\.?"),
    "stability_days": re.compile(r"(?:days?|d|tage?n?)\.?"),
}
HEADED_STRENGTH = re.compile(rf"(?<![^\W_])(?P<mass>{MASS}){SEPARATE}{_any(VOLUMES)}(?![^\W_])")
HEADED_DOSE = re.compile(rf"(?<![^\W_])(?P<mass>{MASS})(?![^\W_])")
HEADED_DAY = re.compile(
    r"(daily|per day|a day|pro tag|je tag|tages|täglich|tgl|24\s*h(?:(?:ou)?rs?)?\b|24\s*std"
    r"|/\s*(?:24|day|d|tag|die)\b|\bday\b|\btag\b|(?:mcg|µg|μg|ug|mg)\s+d\b)"
)
HEADED_HOUR = re.compile(
    r"(hourly|per h(?:ou)?r?\b|pro st|je st|stündlich|stunden?dosis|an hour"
    r"|/\s*(?:h|hr|hrs|hour|std|stunde)\b)"
)
NUMBER = r"[0-9][0-9.,'’ ]*|[.,][0-9]+"
# 1,234.5 and 1.234,5: what comes last and once stands before the decimals
GROUPED = re.compile(r"([0-9]{1,3}(?:([.,])[0-9]{3})(?:\2[0-9]{3})*)(?!\2)([.,])([0-9]+)")
HOURS_A_DAY = 24


class NoAmount(TrackerError):
    """A cell that holds no amount, or one that can be read in two ways."""

    code = "not_a_number"


class OnlyWords(NoAmount):
    """A cell in which somebody wrote something else than an amount."""


@dataclass(frozen=True, slots=True)
class Unit:
    """What an amount is multiplied by; of a dose also the hours, where they were named."""

    factor: Decimal | None
    hours: int | None = None


NO_UNIT = Unit(None)


def folded(text: str) -> str:
    """One spelling for blanks, case and both micro signs."""
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text)).strip().casefold()


def split_amount(text: str) -> tuple[str, str]:
    """The number that was written and what stands after it. Raises OnlyWords."""
    plain = folded(text)
    found = re.fullmatch(
        rf"(?P<number>[+\-\N{{MINUS SIGN}}]?(?:{NUMBER}))\s*(?P<after>.*)", plain
    )
    if found is None:
        raise OnlyWords(f"{text[:40]} is not an amount")
    return found["number"].strip(), found["after"].strip()


def read_number(text: str, mark: str | None) -> Decimal:
    """The number, where it can be read in one way. Raises NoAmount."""
    plain = folded(text).replace("\N{MINUS SIGN}", "-")
    if plain.startswith("-"):
        raise NoAmount(f"{text} is below zero")
    plain = plain.lstrip("+")
    if found := re.fullmatch(
        r"([0-9]{1,3}(?:([ '’])[0-9]{3})(?:\2[0-9]{3})*)(?:[.,]([0-9]+))?", plain
    ):
        whole = re.sub(r"[ '’]", "", found[1])
        return _kept(text, whole, found[3], plain[len(found[1]) : len(found[1]) + 1], mark)
    if re.fullmatch(r"[0-9]+", plain):
        return _kept(text, plain, None, "", mark)
    if found := GROUPED.fullmatch(plain):
        whole = re.sub(r"[.,]", "", found[1])
        return _kept(text, whole, found[4], found[3], mark)
    if found := re.fullmatch(r"[1-9][0-9]{0,2}(?:([.,])[0-9]{3})(?:\1[0-9]{3})+", plain):
        if mark == found[1]:
            raise NoAmount(f"{text} is not a number with “{mark}” before its decimals")
        return Decimal(re.sub(r"[.,]", "", plain))
    if found := re.fullmatch(r"([0-9]*)([.,])([0-9]+)", plain):
        return _one_mark(text, found[1], found[2], found[3], mark)
    raise NoAmount(f"{text} is not a number")


def _one_mark(text: str, left: str, found: str, right: str, mark: str | None) -> Decimal:
    """One point or comma: before decimals, or between thousands, or nobody can tell."""
    may_group = len(right) == 3 and re.fullmatch("[1-9][0-9]{0,2}", left) is not None
    if mark == found or (mark is None and not may_group):
        return Decimal(f"{left or '0'}.{right}")
    if mark is not None and may_group:
        return Decimal(left + right)
    if mark is None:
        raise NoAmount(
            f"{text} is {left}{right} or {left}.{right}: the decimal mark was not said"
        )
    raise NoAmount(f"{text} is not a number with “{mark}” before its decimals")


def _kept(text: str, whole: str, decimals: str | None, found: str, mark: str | None) -> Decimal:
    if decimals and mark is not None and found != mark:
        raise NoAmount(f"{text} is not a number with “{mark}” before its decimals")
    return Decimal(f"{whole}.{decimals}" if decimals else whole)


def checked(value: Decimal, text: str) -> Decimal:
    """The amount again, if it can be kept exactly. Raises NoAmount."""
    if value > LARGEST or round(value, KEPT_PLACES) != value:
        raise NoAmount(f"{text} can't be kept exactly: it has too many places")
    return value


def strength_unit(text: str, mark: str | None = None) -> Unit | None:
    """The unit of a concentration; None for what is none. 10 mg/20 mL is one, too."""
    found = STRENGTH.fullmatch(folded(text))
    if found is None:
        return None
    of = read_number(found["of"], mark) if found["of"] else Decimal(1)
    return Unit(MASSES[found["mass"]] / of) if of else None


def dose_unit(text: str) -> Unit | None:
    """The unit of a dose, with the hours it is given in; None for what is none."""
    found = DOSE.fullmatch(folded(text))
    if found is None:
        return None
    hours = None
    if found["day"] or found["daily"]:
        hours = HOURS_A_DAY
    elif found["hour"] or found["hourly"]:
        hours = 1
    return Unit(MASSES[found["mass"]], hours)


def headed_strength(heading: str) -> Unit:
    """The unit of concentration that a heading names, as “Konz. (mg/ml)” does."""
    found = {MASSES[one["mass"]] for one in HEADED_STRENGTH.finditer(folded(heading))}
    return Unit(found.pop()) if len(found) == 1 else NO_UNIT


def headed_dose(heading: str) -> Unit:
    """The unit and the time that a heading names, as “Tagesdosis (µg/Tag)” or “Dose/day” do."""
    plain = folded(heading)
    masses = {MASSES[one["mass"]] for one in HEADED_DOSE.finditer(plain)}
    without = HEADED_DAY.sub(" ", plain)
    is_day, is_hour = without != plain, HEADED_HOUR.search(without) is not None
    hours = None if is_day == is_hour else HOURS_A_DAY if is_day else 1
    return Unit(masses.pop() if len(masses) == 1 else None, hours)
