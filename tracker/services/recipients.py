"""Who a step reaches: people are found late, from what is known of them at that moment."""

from collections.abc import Iterator
from dataclasses import dataclass

from tracker.domain.escalation import Step, Target
from tracker.domain.ladder import FOR_PATIENTS
from tracker.domain.message import Channel
from tracker.models import Role
from tracker.services.rosters import READERS, RELATIONS, People, Recipient, Roster

ROLES = {
    Target.NURSE: Role.NURSE,
    Target.COORDINATOR: Role.COORDINATOR,
    Target.CLINICIAN: Role.CLINICIAN,
    Target.ADMINISTRATOR: Role.ADMINISTRATOR,
}
BY_WORDS = {Channel.EMAIL: "e-mail", Channel.SMS: "SMS"}
CANT = "can't be reached"
LONGEST_NOTE = 300  # what `message.state_reason` holds

FOR_STAFF = {"refill_please_book": "refill_book", "visit_reminder": "visit_unconfirmed"}


@dataclass(frozen=True, slots=True)
class Missed:
    """Somebody whom a step names and doesn't reach."""

    name: str  # as the step names them
    reason: str = ""  # why not, as staff are told; empty for a patient, who is told of apart
    staff_id: int | None = None  # if it is about one person, and not about the step


@dataclass(frozen=True, slots=True)
class Reached:
    """Whom a step reaches, whom it doesn't, and whether others stand in."""

    recipients: tuple[Recipient, ...]
    missed: tuple[Missed, ...]
    stands_in: bool
    by: str  # the ways it tries, in words
    away: tuple[str, ...] = ()  # who is away, and who is told instead

    @property
    def note(self) -> str:
        """What is said beside its messages."""
        said = list(self.away)
        if names := ", ".join(one.name for one in self.missed):
            if self.stands_in:
                said.append(f"nobody named for this step can be reached by {self.by} ({names})")
            else:
                said.append(f"not reached by {self.by}: {names}")
        return "; ".join(said)[:LONGEST_NOTE]


@dataclass(frozen=True, slots=True)
class About:
    """What the people of a step are found for: the watch's clinic, owner and pump."""

    clinic_id: int
    owner_id: int
    pump_id: int | None


def resolve(step: Step, people: People, about: About) -> Reached:
    """The people a step speaks to, each once and by each way.

    Where it reaches nobody the owner stands in, else the last resort, else whoever of the
    clinic can be reached at all.
    """
    search = _Search(step, people, about)
    for target in step.targets:
        search.add(target)
    for one in step.people:
        search.add_named(one)
    found, missed, away = search.found, tuple(search.missed), tuple(search.away)
    if found:
        return Reached(tuple(found), missed, False, search.by, away)
    return Reached(tuple(search.stand_in()), missed, True, search.by, away)


def template_for(recipient: Recipient, template: str) -> str:
    """The template in the voice for this reader."""
    if recipient.contact_id is not None:
        return FOR_PATIENTS[template]
    return FOR_STAFF.get(template, template)


class _Search:
    """One step's search for its people."""

    def __init__(self, step: Step, people: People, about: About) -> None:
        self.step, self.people, self.about = step, people, about
        self.roster: Roster = people.rosters[about.clinic_id]
        ways = tuple(one for one in step.channels if one in people.channels)
        self.ways = ways or (Channel.EMAIL,)  # a way that isn't set up must not mean silence
        self.by = " or ".join(BY_WORDS[one] for one in self.ways)
        self.found: dict[Recipient, None] = {}  # an ordered set
        self.missed: list[Missed] = []
        self.away: list[str] = []

    def add(self, target: Target) -> None:
        """Find the people of one target."""
        if target in RELATIONS:
            found = self._outside(target)
            if found is None:
                self.missed.append(Missed(_words(target)))
            else:
                self.found[found] = None
        elif target is Target.OWNER:
            self._answering(self.about.owner_id, "owner")
        elif target is Target.LAST_RESORT:
            self._last_resort("last resort")
        elif target in READERS.values():
            self._readers(target)
        else:
            self._group(target)

    def add_named(self, staff_id: int) -> None:
        """Find somebody named by the step, who must work here still."""
        name = self._name(staff_id)
        if staff_id in self.roster.members:
            self._answering(staff_id, name)
        else:
            reason = f"{name} works here no longer"
            self.missed.append(Missed(name, reason, staff_id))

    def stand_in(self) -> Iterator[Recipient]:
        """Who is told when nobody whom the step names can be."""
        for one in (self.about.owner_id, self.roster.last_resort_id):
            if ways := self._ways_to(one):
                yield from ways
                return
        for role in (Role.ADMINISTRATOR, Role.COORDINATOR, Role.CLINICIAN, Role.NURSE):
            if ways := [
                w for one in self.roster.roles.get(role, ()) for w in self._ways_to(one)
            ]:
                yield from ways
                return

    def _answering(self, staff_id: int, name: str) -> None:
        """Somebody who answers for something: their deputy while they are away.

        Where no deputy can be reached, they are told still, and the last resort with them.
        """
        if staff_id not in self.roster.away:
            self._tell(
                staff_id, Missed(name, f"{self._named(staff_id, name)} {CANT}", staff_id)
            )
            return
        who = f"{self._name(staff_id)} is away"
        if (deputy_id := self._deputy(staff_id)) is not None:
            self.away.append(f"{who}: {self._name(deputy_id)} stands in")
            self._tell(deputy_id)
            return
        self.away.append(f"{who} and no deputy can be reached: the last resort is told too")
        self._tell(staff_id, Missed(name))
        self._last_resort(name)

    def _last_resort(self, name: str) -> None:
        """The last resort, also while away: with the deputy, not instead."""
        one = self.roster.last_resort_id
        self._tell(one, Missed(name, f"the last resort {CANT}", one))
        if one in self.roster.away and (deputy_id := self._deputy(one)) is not None:
            self._tell(deputy_id)

    def _readers(self, target: Target) -> None:
        """Who wants a report: the deputy of who is away, for it says what is to be done."""
        for one in self.roster.readers.get(target, ()):
            deputy_id = self._deputy(one) if one in self.roster.away else None
            if deputy_id is not None:
                self.away.append(
                    f"{self._name(one)} is away: {self._name(deputy_id)} stands in"
                )
            name = self._name(one)
            self._tell(
                one if deputy_id is None else deputy_id, Missed(name, f"{name} {CANT}", one)
            )

    def _group(self, target: Target) -> None:
        """The owner's deputy, who is on duty, or all of a role; nobody who is away."""
        owner_id = self.about.owner_id
        if target is Target.DEPUTY:
            deputy_id = self._deputy(owner_id)
            ids = [] if deputy_id is None else [deputy_id]
            name = self._name(owner_id)
            missed = Missed("deputy", f"{name} has no deputy who can be reached", owner_id)
        elif target is Target.ON_DUTY:
            ids = self.roster.on_duty
            missed = Missed("on duty", "nobody is on duty who can be reached")
        else:
            ids = self.roster.roles.get(ROLES[target], [])
            missed = Missed(_words(target), f"no {_words(target)} can be reached")
        here = [one for one in ids if self._is_here(one)]
        ways = [way for one in here for way in self._ways_to(one)]
        if not ways:
            self.missed.append(missed)
        self.found.update(dict.fromkeys(ways))

    def _tell(self, staff_id: int, missed: Missed | None = None) -> None:
        ways = self._ways_to(staff_id)
        if not ways and missed is not None and missed not in self.missed:
            self.missed.append(missed)
        self.found.update(dict.fromkeys(ways))

    def _ways_to(self, staff_id: int) -> list[Recipient]:
        """By each way the step names; by any other way rather than not at all."""
        can = self.people.reachable.get(staff_id, ())
        ways = [one for one in self.ways if one in can] or can[:1]
        return [Recipient(staff_id=staff_id, channel=one) for one in ways]

    def _deputy(self, staff_id: int) -> int | None:
        """Who stands in for somebody, if they can be reached and are here."""
        one = self.roster.deputies.get(staff_id)
        return one if one is not None and self._is_here(one) and self._ways_to(one) else None

    def _is_here(self, staff_id: int) -> bool:
        return staff_id in self.roster.members and staff_id not in self.roster.away

    def _outside(self, target: Target) -> Recipient | None:
        """The first way by which a patient or carer can be reached: one message a step."""
        if self.step.template not in FOR_PATIENTS:
            return None
        ways = self.people.contacts.get(self.about.pump_id or 0, {}).get(RELATIONS[target], {})
        return next((ways[one] for one in self.ways if one in ways), None)

    def _name(self, staff_id: int) -> str:
        return self.people.names.get(staff_id, f"staff {staff_id}")

    def _named(self, staff_id: int, name: str) -> str:
        return f"{self._name(staff_id)} (owner)" if name == "owner" else name


def _words(target: Target) -> str:
    return target.value.replace("_", " ")
