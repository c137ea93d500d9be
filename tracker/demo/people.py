"""Invented people. No name, number or address here belongs to anybody."""

from dataclasses import dataclass

from tracker.models import Role

PASSWORD = "demonstration only"  # nosec B105 - printed at every start of it


@dataclass(frozen=True, slots=True)
class Login:
    """Somebody who can sign in to the demonstration."""

    email: str
    name: str
    clinics: tuple[tuple[str, Role], ...]


RIVERSIDE, LAKEVIEW = "Riverside Spasticity Clinic", "Lakeview Pain Clinic"

LOGINS = (
    Login("nadia@riverside.example", "Nadia Brandt", ((RIVERSIDE, Role.NURSE),)),
    Login("colin@riverside.example", "Colin Adeyemi", ((RIVERSIDE, Role.COORDINATOR),)),
    Login("ito@riverside.example", "Dr Hana Ito", ((RIVERSIDE, Role.CLINICIAN),)),
    Login(
        "ada@riverside.example",
        "Ada Lindqvist",
        ((RIVERSIDE, Role.ADMINISTRATOR), (LAKEVIEW, Role.ADMINISTRATOR)),
    ),
    Login("vera@riverside.example", "Vera Okafor", ((RIVERSIDE, Role.VIEWER),)),
    Login("sam@lakeview.example", "Sam Whitlock", ((LAKEVIEW, Role.NURSE),)),
    Login("maria@lakeview.example", "Maria Castellanos", ((LAKEVIEW, Role.COORDINATOR),)),
    Login("novak@lakeview.example", "Dr Petr Novak", ((LAKEVIEW, Role.CLINICIAN),)),
)

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
