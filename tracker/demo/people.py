"""Invented people. No name, number or address here belongs to anybody.

Telephone numbers are of the ranges set aside for drama: Ofcom's +44 7700 900000 to 900999 and
+44 20 7946 0000 to 0999, and North America's 555-0100 to 555-0199.
"""

from dataclasses import dataclass

from tracker.models import Role

PASSWORD = "demonstration only"  # nosec B105 - printed at every start of it


@dataclass(frozen=True, slots=True)
class Login:
    """Somebody who can sign in to the demonstration."""

    email: str
    name: str
    phone: str
    clinics: tuple[tuple[str, Role], ...]


RIVERSIDE, LAKEVIEW = "Riverside Spasticity Clinic", "Lakeview Pain Clinic"

LOGINS = (
    Login(
        "nadia@riverside.example", "Nadia Brandt", "+447700900101", ((RIVERSIDE, Role.NURSE),)
    ),
    Login(
        "colin@riverside.example",
        "Colin Adeyemi",
        "+447700900102",
        ((RIVERSIDE, Role.COORDINATOR),),
    ),
    Login(
        "ito@riverside.example", "Dr Hana Ito", "+447700900103", ((RIVERSIDE, Role.CLINICIAN),)
    ),
    Login(
        "ada@riverside.example",
        "Ada Lindqvist",
        "+447700900104",
        ((RIVERSIDE, Role.ADMINISTRATOR), (LAKEVIEW, Role.ADMINISTRATOR)),
    ),
    Login(
        "vera@riverside.example", "Vera Okafor", "+447700900105", ((RIVERSIDE, Role.VIEWER),)
    ),
    Login("sam@lakeview.example", "Sam Whitlock", "+13125550101", ((LAKEVIEW, Role.NURSE),)),
    Login(
        "maria@lakeview.example",
        "Maria Castellanos",
        "+13125550102",
        ((LAKEVIEW, Role.COORDINATOR),),
    ),
    Login(
        "novak@lakeview.example", "Dr Petr Novak", "+13125550103", ((LAKEVIEW, Role.CLINICIAN),)
    ),
)


def mobile(clinic: str, number: int) -> str:
    """The mobile telephone of a clinic's patient of that number."""
    return f"+4477009002{number:02d}" if clinic == RIVERSIDE else f"+13125550{150 + number}"


def carers_mobile(clinic: str, number: int) -> str:
    """That of the patient's carer."""
    return f"+4477009003{number:02d}" if clinic == RIVERSIDE else f"+13125550{110 + number}"


def care_home(clinic: str, number: int) -> str:
    """The telephone of the home in which the patient lives: a landline, which reads no text."""
    return f"+4420794602{number:02d}" if clinic == RIVERSIDE else f"+13125550{170 + number}"


FAMILY_NAMES = (
    "Abernathy", "Bakari", "Castellan", "Drummond", "Eriksen", "Fontaine", "Galloway",
    "Haddad",
    "Ivarsson", "Jankowski", "Kimura", "Lombardi", "Mbeki", "Nakagawa", "O’Rourke",
    "Pettersson",
    "Quispe", "Rahman", "Sørensen", "Tremblay", "Umarov", "Vasquez", "Wójcik", "Xiang",
    "Yilmaz",
    "Zimmer", "Ashdown", "Bellweather", "Corrigan", "Delacroix", "Ekwueme", "Fairbairn",
)  # fmt: skip
GIVEN_NAMES = (
    "Alma", "Bruno", "Chidi", "Dagny", "Elif", "Farid", "Greta", "Hugo", "Ines", "Jonas",
    "Katya", "Luis", "Mira", "Noor", "Oskar", "Priya", "Quinn", "Rosa", "Stefan", "Tariq",
    "Uma", "Viktor", "Wanda", "Yusuf", "Zoe",
)  # fmt: skip
