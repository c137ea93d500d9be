"""What an answer means, by its first word; what isn't plain is for a person to read."""

import re
import unicodedata
from enum import StrEnum


class ReplyKind(StrEnum):
    CONFIRM = "confirm"
    STOP = "stop"
    START = "start"
    HELP = "help"
    WRONG_NUMBER = "wrong_number"
    OTHER = "other"


# By language. A word with a second meaning in another language stands in none ("no", "fin de").
STOP_WORDS = {
    "en": "stop stopall unsubscribe cancel end quit optout revoke",
    "de": "stopp abmelden abbestellen beenden",
    "es": "parar alto baja cancelar",
    "fr": "arret arreter desabonner",
}
START_WORDS = {"en": "start unstop", "de": "anmelden", "es": "iniciar", "fr": "commencer"}
HELP_WORDS = {"en": "help info", "de": "hilfe", "es": "ayuda", "fr": "aide"}
CONFIRM_WORDS = {
    "en": "yes y c confirm confirmed",
    "de": "ja bestatigen",
    "es": "si confirmar confirmo",
    "fr": "oui confirmer",
}
FIRST_WORDS = {
    word: kind
    for kind, words in (
        (ReplyKind.STOP, STOP_WORDS),
        (ReplyKind.START, START_WORDS),
        (ReplyKind.HELP, HELP_WORDS),
        (ReplyKind.CONFIRM, CONFIRM_WORDS),
    )
    for text in words.values()
    for word in text.split()
}
WRONG_NUMBER = re.compile(
    r"\b(wrong (number|person)|who is this|falsche nummer|numero equivocado|mauvais numero)\b"
)
REVOKED = re.compile(
    r"\b((please )?stop (texting|messaging|sending)|(do not|dont) (text|message)"
    r"|no more (texts|messages)|remove me)\b"
)
# A yes with more behind it is no plain yes: "yes but I feel ill" is for a person to read.
AFTER_A_YES = frozenset(("thanks", "thank", "you", "please", "danke", "gracias", "merci"))


def kind_of(text: str) -> ReplyKind:
    """What the answer asks for; OTHER is everything that a person must read."""
    words = _words(text)
    if not words:
        return ReplyKind.OTHER
    said = " ".join(words)
    if WRONG_NUMBER.search(said):
        return ReplyKind.WRONG_NUMBER
    if REVOKED.search(said):
        return ReplyKind.STOP
    kind = FIRST_WORDS.get(words[0], ReplyKind.OTHER)
    if kind is ReplyKind.CONFIRM and not AFTER_A_YES.issuperset(words[1:]):
        return ReplyKind.OTHER
    return kind


def _words(text: str) -> list[str]:
    """Bare small words: no case, accent or punctuation; an apostrophe parts no word."""
    plain = unicodedata.normalize("NFKD", text.casefold().replace("'", "").replace("’", ""))
    bare = "".join(one for one in plain if not unicodedata.combining(one))
    return re.findall(r"[a-z0-9]+", bare)
