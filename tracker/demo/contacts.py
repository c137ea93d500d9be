"""How the invented patients are reached: by text, by e-mail, through a carer or a care home."""

from collections.abc import Iterator

from tracker.demo.people import GIVEN_NAMES, care_home, carers_mobile, mobile
from tracker.domain.message import Channel
from tracker.models import Relation
from tracker.services.patients import NewContact

ASKED = "asked at the implant visit"


def reached_by(clinic: str, key: str, number: int, name: str) -> list[NewContact]:
    """The addresses and numbers of a patient; every third consents to no message."""
    return list(_contacts(clinic, key, number, name))


def _contacts(clinic: str, key: str, number: int, name: str) -> Iterator[NewContact]:
    patient, given = Relation.PATIENT, ASKED if number % 3 else None
    yield NewContact(patient, name, Channel.EMAIL, f"patient{key}@mail.example", given)
    if number % 7 != 5:
        yield NewContact(patient, name, Channel.SMS, mobile(clinic, number), given)
    if number % 4 == 1:
        carer = f"{GIVEN_NAMES[(number * 3) % len(GIVEN_NAMES)]} {name.rpartition(' ')[2]}"
        phone = carers_mobile(clinic, number)
        yield NewContact(Relation.CARER, carer, Channel.SMS, phone, ASKED)
    if number % 10 == 6:
        # for somebody to telephone: without a consent no text goes to it
        home, phone = "Care home, day room", care_home(clinic, number)
        yield NewContact(Relation.FACILITY, home, Channel.SMS, phone)
