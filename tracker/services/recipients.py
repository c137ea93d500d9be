"""Who a step reaches: people are found late, from what is known of them at that moment."""

from collections.abc import Iterable
from dataclasses import dataclass

from tracker.domain.escalation import Step, Target
from tracker.models import Role
from tracker.services.rosters import RELATIONS, People, Recipient

ROLES = {
    Target.NURSE: Role.NURSE,
    Target.COORDINATOR: Role.COORDINATOR,
    Target.CLINICIAN: Role.CLINICIAN,
}

# One step may name staff and patient; each is told in words meant for them.
FOR_PATIENTS = {
    "refill_book": "refill_please_book",
    "refill_late": "refill_please_book",
    "refill_please_book": "refill_please_book",
    "visit_reminder": "visit_reminder",
}
FOR_STAFF = {"refill_please_book": "refill_book", "visit_reminder": "visit_unconfirmed"}


@dataclass(frozen=True, slots=True)
class Reached:
    """Whom a step reaches, which of its targets it doesn't, and whether others stand in."""

    recipients: tuple[Recipient, ...]
    missed: tuple[Target, ...]
    stands_in: bool


def resolve(
    step: Step, people: People, *, clinic_id: int, owner_id: int, pump_id: int | None
) -> Reached:
    """The people a step speaks to, each once.

    Where it reaches nobody the owner stands in, else the last resort, else whoever of the
    clinic can be reached at all.
    """
    found: dict[Recipient, None] = {}  # an ordered set
    missed: list[Target] = []
    for target in step.targets:
        people_of = _of_target(target, people, clinic_id, owner_id, pump_id, step.template)
        if not people_of:
            missed.append(target)
        found.update(dict.fromkeys(people_of))
    if found:
        return Reached(tuple(found), tuple(missed), stands_in=False)
    return Reached(_stand_in(people, clinic_id, owner_id), tuple(missed), stands_in=True)


def template_for(recipient: Recipient, template: str) -> str:
    """The template in the voice for this reader."""
    if recipient.contact_id is not None:
        return FOR_PATIENTS[template]
    return FOR_STAFF.get(template, template)


def _of_target(
    target: Target,
    people: People,
    clinic_id: int,
    owner_id: int,
    pump_id: int | None,
    template: str,
) -> list[Recipient]:
    roster = people.rosters[clinic_id]
    if target in RELATIONS:
        contact = people.contacts.get(pump_id or 0, {}).get(RELATIONS[target])
        return [contact] if contact and template in FOR_PATIENTS else []
    if target in ROLES:
        return [Recipient(staff_id=one) for one in roster.roles.get(ROLES[target], ())]
    one = owner_id if target is Target.OWNER else roster.last_resort_id
    return [Recipient(staff_id=one)] if people.reachable.get(one) else []


def _stand_in(people: People, clinic_id: int, owner_id: int) -> tuple[Recipient, ...]:
    roster = people.rosters[clinic_id]
    for one in (owner_id, roster.last_resort_id):
        if people.reachable.get(one):
            return (Recipient(staff_id=one),)
    for role in (Role.ADMINISTRATOR, Role.COORDINATOR, Role.CLINICIAN, Role.NURSE):
        if roster.roles.get(role):
            return tuple(Recipient(staff_id=one) for one in roster.roles[role])
    return ()


def names_of(targets: Iterable[Target]) -> str:
    """The targets in words, for the note beside a message."""
    return ", ".join(target.value.replace("_", " ") for target in targets)
