"""Every interleaving to a depth: promises two to four hold in each state that is reached.

Here to a depth that takes seconds; `make bench` goes deeper. Each exploration begins where a
different part of the life of a watch is one event away.
"""

import pytest

from tests.explorer import events, later, sending
from tests.explorer.explore import explore
from tests.explorer.promises import broken, in_good_order
from tests.explorer.world import DAY, PATIENT, D, World, replace
from tracker.domain.message import MessageState
from tracker.domain.outgoing import Refusal

DEPTH = 5
LESS = 4  # where so much may happen that one deeper takes as long as all others together


def opened() -> World:
    return World()


def in_hand() -> World:
    """A sender has the message to the patient in hand."""
    return sending.claim(events.tick(World()), number=1)


def patient_told() -> World:
    """The patient has had step 1; staff are next."""
    return in_good_order(World())


def halfway() -> World:
    """Everybody has been told of the first two steps; the week before has begun."""
    world = in_good_order(World())
    for _ in range(3):
        world = in_good_order(events.wait(world))
    return world


def two_lost() -> World:
    """The line dropped with the first message to the patient, and the second was refused."""
    world = sending.claim(events.tick(World()), number=1)
    world = sending.hand_over(world, number=1, refusal=Refusal.UNCLEAR, arrives=False)
    while sum(one.who == PATIENT for one in world.mails) < 2:
        world = events.tick(events.wait(world))
    number = next(one.number for one in world.mails[1:] if one.who == PATIENT)
    world = sending.claim(world, number=number)
    return sending.hand_over(world, number=number, refusal=Refusal.FOR_GOOD, arrives=False)


def put_back_and_off() -> World:
    """The patient has had step 1, and records don't know it; the date is one of later now."""
    return later.put_back(events.move_date(patient_told(), by=30 * DAY))


def urgent() -> World:
    """The date has come, and the sender of the urgent message has died with it in hand."""
    world = replace(World(), now=D)
    return sending.claim(events.tick(world), number=1)


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    ("begin", "depth"),
    [
        *[(opened, DEPTH), (in_hand, LESS), (patient_told, DEPTH), (halfway, LESS)],
        *[(urgent, DEPTH), (put_back_and_off, DEPTH), (two_lost, LESS)],
    ],
)
def test_promise_persistent_exactly_enough_evidence_only_in_every_order(begin, depth):
    done = explore(begin(), events.events, broken, depth=depth)

    assert done.breach is None, str(done.breach)
    assert done.states > 2_000


def test_the_beginnings_are_what_they_say():
    assert [one.state for one in patient_told().mails] == [MessageState.SENT]
    assert halfway().now > D - 8 * DAY
    assert urgent().mails[0].state is MessageState.CLAIMED
    assert len(two_lost().asked) == 2


def test_a_breach_is_told_by_its_shortest_story():
    def told(world: World) -> str:
        return "somebody was told" if any(one.has_arrived for one in world.mails) else ""

    done = explore(World(), events.events, told, depth=DEPTH)

    assert done.breach is not None
    assert done.breach.story == (
        "a scheduler ticks",
        "a sender claims 1",
        "1: it is taken",
    )


def test_what_arrived_and_is_unclear_is_not_said_to_the_patient_again():
    world = sending.claim(events.tick(World()), number=1)
    world = sending.hand_over(world, number=1, refusal=Refusal.UNCLEAR, arrives=True)

    assert [one.state for one in world.mails] == [MessageState.UNKNOWN]
    assert world.asked == (1,)
