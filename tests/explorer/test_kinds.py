"""Every kind of watch on a new clinic's ladder, and every act of people, in every order."""

import pytest

from tests.explorer import events, sending
from tests.explorer.acts import ACTS, acts_of_people
from tests.explorer.explore import explore
from tests.explorer.promises import broken, in_good_order
from tests.explorer.records import ENDS, over
from tests.explorer.world import BEGIN, D, World, has_date
from tracker.domain.facts import WatchKind
from tracker.domain.outgoing import Refusal

DEPTH = 3


def opened_of(kind: WatchKind) -> World:
    """A watch of that kind as it opens, two weeks before its date if it has one."""
    return World(kind=kind, opened_at=BEGIN, danger_at=D if has_date(kind) else None)


def told_of(kind: WatchKind) -> World:
    """The first step has been said, to whomever it names."""
    return in_good_order(opened_of(kind))


def refused() -> World:
    """The first message to the patient was refused, with its address."""
    world = sending.claim(events.tick(World()), number=1)
    return sending.hand_over(world, number=1, refusal=Refusal.BAD_ADDRESS, arrives=False)


@pytest.mark.parametrize("kind", WatchKind)
def test_promise_persistent_exactly_enough_evidence_only_of_every_kind(kind):
    for begin in (opened_of, told_of):
        done = explore(begin(kind), events.events, broken, depth=DEPTH)

        assert done.breach is None, str(done.breach)
        assert done.states > 100


def test_every_kind_is_ended_by_something_that_the_explorer_knows():
    assert set(ENDS) == set(WatchKind)
    assert [kind for kind in WatchKind if not over(opened_of(kind)).is_closed] == []


def test_every_act_of_people_is_an_event_of_the_explorer():
    known = frozenset().union(*ACTS.values())

    assert acts_of_people() - known == set(), "say in acts.py what these do to a watch"
    assert known - acts_of_people() == set(), "these are gone"


def test_every_event_that_stands_for_acts_does_happen():
    seen: set[str] = set()

    def noted(world: World):
        for name, act in events.events(world):
            seen.add(name)
            yield name, act

    begin = [opened_of(WatchKind.REFILL), opened_of(WatchKind.MINOR_ALARM), refused()]
    for world in begin:
        explore(world, noted, lambda world: "", depth=2)

    assert ACTS.keys() - {""} <= seen
