"""The languages in which patients are written to, and how each says a day and a distance.

A table of our own, so that a message never depends on what the machine has installed. Days are
spelled with their month, so that their order can't be mistaken.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

ENGLISH = "en"


@dataclass(frozen=True, slots=True)
class Language:
    """How one language says dates; `day` has the blanks day, month and year."""

    code: str
    name: str  # as staff call it
    months: tuple[str, ...]
    weekdays: tuple[str, ...]
    day: str
    first: str  # the first of a month
    ahead: tuple[str, str]  # one day, several days: "1 day left"
    late: tuple[str, str]
    today: str
    tomorrow: str
    within: str  # "in 2 days"
    nth: str
    again: str  # before a message that is not the first

    def write_day(self, day: date) -> str:
        """12 Mar 2027, 12. März 2027, 12 de marzo de 2027, 12 mars 2027."""
        number = self.first if day.day == 1 else str(day.day)
        return self.day.format(day=number, month=self.months[day.month - 1], year=day.year)

    def weekday(self, day: date) -> str:
        return self.weekdays[day.weekday()]

    def left(self, days: int) -> str:
        """So many days from today: "9 days left", "today", "3 days late"."""
        if days == 0:
            return self.today
        one, several = self.ahead if days > 0 else self.late
        return (one if abs(days) == 1 else several).format(abs(days))

    def until(self, days: int) -> str:
        """How far off a visit is: "today", "tomorrow", "in 2 days"; empty once it is over."""
        if days < 0:
            return ""
        return (self.today, self.tomorrow)[days] if days < 2 else self.within.format(days)


def _each(names: str) -> tuple[str, ...]:
    return tuple(names.split())


LANGUAGES = {
    one.code: one
    for one in (
        Language(
            code="en",
            name="English",
            months=_each("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec"),
            weekdays=_each("Monday Tuesday Wednesday Thursday Friday Saturday Sunday"),
            day="{day} {month} {year}",
            first="1",
            ahead=("{} day left", "{} days left"),
            late=("{} day late", "{} days late"),
            today="today",
            tomorrow="tomorrow",
            within="in {} days",
            nth="",  # 1st, 2nd, 3rd: `notify/phrases` says it
            again="Once more,",
        ),
        Language(
            code="de",
            name="German",
            months=_each(
                "Januar Februar März April Mai Juni "
                "Juli August September Oktober November Dezember"
            ),
            weekdays=_each("Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag"),
            day="{day}. {month} {year}",
            first="1",
            ahead=("noch {} Tag", "noch {} Tage"),
            late=("{} Tag überfällig", "{} Tage überfällig"),
            today="heute",
            tomorrow="morgen",
            within="in {} Tagen",
            nth="{}. Hinweis",
            again="Noch einmal:",
        ),
        Language(
            code="es",
            name="Spanish",
            months=_each(
                "enero febrero marzo abril mayo junio "
                "julio agosto septiembre octubre noviembre diciembre"
            ),
            weekdays=_each("lunes martes miércoles jueves viernes sábado domingo"),
            day="{day} de {month} de {year}",
            first="1",
            ahead=("queda {} día", "quedan {} días"),
            late=("{} día de retraso", "{} días de retraso"),
            today="hoy",
            tomorrow="mañana",
            within="dentro de {} días",
            nth="aviso n.º {}",
            again="De nuevo:",
        ),
        Language(
            code="fr",
            name="French",
            months=_each(
                "janvier février mars avril mai juin "
                "juillet août septembre octobre novembre décembre"
            ),
            weekdays=_each("lundi mardi mercredi jeudi vendredi samedi dimanche"),
            day="{day} {month} {year}",
            first="1er",
            ahead=("il reste {} jour", "il reste {} jours"),
            late=("{} jour de retard", "{} jours de retard"),
            today="aujourd'hui",
            tomorrow="demain",
            within="dans {} jours",
            nth="message numéro {}",
            again="Petit rappel :",
        ),
    )
}

# Languages a patient may be recorded with though no words are shipped for them: a clinic writes
# its own, and until then its own language is used and the lack is shown. Ours: the table says
# what may be chosen, nothing clinical hangs on it.
NAMES = {code: one.name for code, one in LANGUAGES.items()} | {
    "ar": "Arabic",
    "bn": "Bengali",
    "cs": "Czech",
    "cy": "Welsh",
    "da": "Danish",
    "el": "Greek",
    "fi": "Finnish",
    "he": "Hebrew",
    "hi": "Hindi",
    "hu": "Hungarian",
    "it": "Italian",
    "ja": "Japanese",
    "ko": "Korean",
    "nb": "Norwegian",
    "nl": "Dutch",
    "pa": "Punjabi",
    "pl": "Polish",
    "pt": "Portuguese",
    "ro": "Romanian",
    "ru": "Russian",
    "so": "Somali",
    "sv": "Swedish",
    "ta": "Tamil",
    "tr": "Turkish",
    "uk": "Ukrainian",
    "ur": "Urdu",
    "vi": "Vietnamese",
    "zh": "Chinese",
}


def language_of(code: str) -> Language:
    """How dates are said in that language; in English where we have no table for it."""
    return LANGUAGES.get(code, LANGUAGES[ENGLISH])


def name_of(code: str) -> str:
    return NAMES.get(code, code)


def in_order(*wanted: str | None) -> tuple[str, ...]:
    """The languages to try, each once, English last: the patient's, then the clinic's."""
    return tuple(dict.fromkeys(one for one in (*wanted, ENGLISH) if one))


def missing_note(wanted: Sequence[str], said_in: str) -> str:
    """What is written beside a message that could not be said as wished; empty if it could."""
    if not wanted or wanted[0] == said_in:
        return ""
    return f"no {name_of(wanted[0])} words for this message: said in {name_of(said_in)}"
