"""What came later than the first explorer: presses, handovers, backups that are put back."""

from collections.abc import Iterator

from tests.explorer.explore import Event
from tests.explorer.world import PATIENT, D, World, replace
from tracker.domain.backup import is_caught_up, perhaps_told_to
from tracker.domain.escalation import START, Position, resettle
from tracker.domain.evidence import Evidence, EvidenceKind, ends
from tracker.domain.facts import WatchKind
from tracker.domain.message import UNSENT, MessageState

PUT_BACK = "a backup of the beginning is put back"
COMPARED = "the records are compared"
OTHER_CLINIC = "the patient is handed over, and another clinic watches"
WORSE = "a worse report of the alarm comes"


def more_events(world: World) -> Iterator[Event]:
    """What people may do besides, each by its name."""
    yield OTHER_CLINIC, hand_over_patient
    if world.kind is WatchKind.MINOR_ALARM:
        yield WORSE, press
    if world.restored_at is None:
        yield PUT_BACK, put_back
    elif not world.is_compared:
        yield COMPARED, compare


def hand_over_patient(world: World) -> World:
    """It ends in the old clinic and opens in the new one, from its first step."""
    kind = world.kind or WatchKind.REFILL
    if not ends(kind, Evidence(EvidenceKind.TRANSFER)):
        return world  # it stays with the clinic
    mails = tuple(
        replace(one, state=MessageState.SUPERSEDED) if one.state in UNSENT else one
        for one in world.mails
    )
    world = replace(world, mails=mails, watch=world.watch + 1, position=START)
    world = replace(world, silence=None, booking=None, perhaps_told=0)
    return settled(replace(world, called_off_at=None))


def press(world: World) -> World:
    """The ladder of a critical alarm, from its first step; its rounds go on."""
    position = Position(0, world.position.round, None)
    return settled(replace(world, kind=WatchKind.ALARM, position=position))


def put_back(world: World) -> World:
    """What was written since is gone; what arrived has arrived all the same.

    The date of the beginning is there again, until the one that holds is entered once more.
    """
    told = [
        (one.watch, one.step)
        for one in world.mails
        for _ in range(one.arrived)
        if one.who == PATIENT
    ]
    danger_at = D if world.danger_at is not None else None
    begun = World(kind=world.kind, danger_at=danger_at, opened_at=world.opened_at)
    if world.watch > 1:
        begun = replace(begun, watch=world.watch, told_before=world.told_before)
    begun = settled(
        replace(
            begun,
            now=world.now,
            told_before=(*world.told_before, *told),
            restored_at=world.now,
            is_compared=False,
            is_stopped=world.is_stopped,
            asks_way=world.asks_way,
            is_agreed=world.is_agreed,
        )
    )
    return settled(replace(begun, danger_at=world.danger_at))


def compare(world: World) -> World:
    """Somebody confirms it; refused while what fell due before has not been looked at."""
    assert world.restored_at is not None
    if not is_caught_up(world.next_at, restored_at=world.restored_at):
        return world
    mails = tuple(
        replace(one, state=MessageState.CANCELLED)
        if one.who == PATIENT and one.state in UNSENT
        else one
        for one in world.mails
    )
    return replace(world, mails=mails, is_compared=True)


def settled(world: World) -> World:
    """The watch after something that is not a step: where it stands, and what is next."""
    done = resettle(world.ladder, world.anchors, world.position, world.hush, now=world.now)
    world = replace(world, position=done.position, next_at=done.next_action_at)
    if world.is_compared:
        return world
    known = world.perhaps_told
    known = perhaps_told_to(world.ladder, world.anchors, known, now=world.now)
    return replace(world, perhaps_told=known)
