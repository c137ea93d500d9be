"""How long a text message is: the GSM alphabet of seven bits, and what leaves it.

One letter outside the alphabet turns the whole message into UCS-2, in which a segment holds 70
characters and not 160. Source: 3GPP TS 23.038 (6.2.1) and TS 23.040 (9.2.3.24).
"""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

ALPHABET = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = frozenset("^{}\\[~]|€\f")  # each takes two places
SEGMENT, PART = 160, 153  # alone; and as a part of several, each with a header
WIDE_SEGMENT, WIDE_PART = 70, 67  # the same in UCS-2

# What has a plain likeness but no accent to take away.
LIKENESS = str.maketrans(
    {
        "‘": "'", "’": "'", "‚": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"',
        "–": "-", "—": "-", "…": "...", "\u00a0": " ", "\u202f": " ", "·": "-", "•": "-",
        "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ı": "i", "œ": "oe", "Œ": "OE", "ç": "c",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Length:
    """How long a text is as a text message; `wide` are the characters that make it UCS-2."""

    characters: int  # places, so that one of the extension counts two
    segments: int
    wide: tuple[str, ...] = ()

    @property
    def is_wide(self) -> bool:
        return bool(self.wide)


def length(text: str) -> Length:
    """The places and segments that `text` takes."""
    wide = tuple(dict.fromkeys(one for one in text if not _is_gsm(one)))
    if wide:
        places, whole, part = _wide_places, WIDE_SEGMENT, WIDE_PART
    else:
        places, whole, part = _places, SEGMENT, PART
    total = sum(places(one) for one in text)
    return Length(total, 1 if total <= whole else _parts(text, part, places), wide)


def plain(text: str) -> str:
    """The text in the GSM alphabet: "á" as "a", a curly quote as a straight one.

    Where that isn't possible for all of it (Polish is, Greek is not) it stays as it was: it has
    to go as UCS-2 anyway, and then with its accents.
    """
    likened = "".join(one if _is_gsm(one) else _liken(one) for one in text)
    return likened if all(_is_gsm(one) for one in likened) else text


def _is_gsm(one: str) -> bool:
    return one in ALPHABET or one in EXTENSION


def _liken(one: str) -> str:
    bare = unicodedata.normalize("NFKD", one.translate(LIKENESS))
    return "".join(letter for letter in bare if not unicodedata.combining(letter)) or one


def _places(one: str) -> int:
    return 2 if one in EXTENSION else 1


def _wide_places(one: str) -> int:
    return len(one.encode("utf-16-be")) // 2


def _parts(text: str, size: int, places: Callable[[str], int]) -> int:
    """How many parts it is cut into; no character is cut in two, so one may end early."""
    parts, left = 1, size
    for one in text:
        if places(one) > left:
            parts, left = parts + 1, size
        left -= places(one)
    return parts
