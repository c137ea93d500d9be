"""What can happen next in a world: people, schedulers, senders and providers, in any order.

A crash is not an event of its own: whoever dies simply never does the next thing, and every
story in which it is left out is told as well.
"""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial

from tests.explorer.explore import Event
from tests.explorer.later import more_events, settled
from tests.explorer.records import STRUCK_OUT, record_events, strike_out
from tests.explorer.sending import become, claim, give_back, hand_over, report, written
from tests.explorer.settling import settle
from tests.explorer.telephoning import look, telephone_events
from tests.explorer.world import DAY, HOUR, PATIENT, STAFF, Mail, World, replace
from tracker.domain.escalation import Booking, next_move
from tracker.domain.ladder import OUTSIDE
from tracker.domain.message import UNSENT, MessageState
from tracker.domain.outgoing import DeliveryFailed, Refusal
from tracker.domain.silence import CannotSilence, Silence, SilenceKind, longest_until

# The names of what may happen, by which a story is told and acts are known.
NEARER, LATER = "the date comes 3 days nearer", "the date goes 30 days off"
IN_HAND, PUT_OFF = "somebody takes it in hand", "somebody snoozes it"
BOOKED, CALLED_OFF = "a visit is booked", "the visit is cancelled"
DAY_AFTER = "the day after the visit comes"
OUTCOMES: tuple[tuple[str, Refusal | None, bool], ...] = (
    ("it is taken", None, True),
    ("it is refused for now", Refusal.FOR_NOW, False),
    ("the address is refused", Refusal.BAD_ADDRESS, False),
    ("this message is refused", Refusal.FOR_GOOD, False),
    ("the line drops and it arrived", Refusal.UNCLEAR, True),
    ("the line drops and it is lost", Refusal.UNCLEAR, False),
)


def events(world: World) -> Iterator[Event]:
    """Everything that may happen next, each by its name."""
    yield "time passes", wait
    if not world.is_closed:
        yield "a scheduler ticks", tick
        yield from _people(world)
    else:
        yield STRUCK_OUT, strike_out
        if any(one.lease_until for one in world.mails):
            yield "a scheduler ticks", tick
    for mail in world.mails:
        yield from _sending(world, mail)


def _people(world: World) -> Iterator[Event]:
    yield from record_events(world)
    if world.danger_at is not None:
        yield NEARER, partial(move_date, by=-3 * DAY)
        yield LATER, partial(move_date, by=30 * DAY)
    if world.silence is None:
        yield IN_HAND, partial(quieten, kind=SilenceKind.ACKNOWLEDGEMENT)
        yield PUT_OFF, partial(quieten, kind=SilenceKind.SNOOZE)
    if any(step.asks_to_book for step in world.ladder.steps):
        if world.booking is None:
            yield BOOKED, book
        else:
            yield CALLED_OFF, cancel
            yield DAY_AFTER, miss
    yield from telephone_events(world)
    yield from more_events(world)


def _sending(world: World, mail: Mail) -> Iterator[Event]:
    if mail.state is MessageState.PLANNED and mail.due_at <= world.now:
        yield f"a sender claims {mail.number}", partial(claim, number=mail.number)
    if mail.state is MessageState.CLAIMED and not mail.is_handed:
        for name, refusal, arrives in OUTCOMES:
            act = partial(hand_over, number=mail.number, refusal=refusal, arrives=arrives)
            yield f"{mail.number}: {name}", act
        yield f"{mail.number}: it is given back", partial(give_back, number=mail.number)
    if mail.is_handed:
        yield f"{mail.number}: the result is written", partial(written, number=mail.number)
    if mail.has_arrived and len(mail.reports) < 2 and mail.state is not MessageState.DELIVERED:
        for state in (MessageState.DELIVERED, MessageState.FAILED):
            yield (
                f"{mail.number}: reported {state}",
                partial(report, number=mail.number, state=state),
            )


def wait(world: World) -> World:
    """To the next instant at which anything is due, or eight hours on."""
    coming = [world.next_at] if not world.is_closed else []
    for mail in world.mails:
        coming += [mail.due_at] if mail.state in UNSENT else []
        coming += [mail.lease_until] if mail.lease_until else []
    later = [at for at in coming if at > world.now]
    return replace(world, now=min(later, default=world.now + 8 * HOUR))


def tick(world: World) -> World:
    """Climb if due, and settle the claims whose sender died."""
    world = look(sweep(world))
    if world.is_closed or world.next_at > world.now:
        return world
    move = next_move(world.ladder, world.anchors, world.position, world.hush, now=world.now)
    world = replace(
        world,
        position=move.position,
        next_at=move.next_action_at,
        silence=None if move.ends_silence else world.silence,
    )
    if move.fires is None:
        return world
    if move.to_patient is not None and not world.is_stopped:
        world = plan(world, move.to_patient.ordinal, PATIENT)
    if not move.fires.is_outside:
        world = plan(world, move.fires.ordinal, STAFF)
    if OUTSIDE & set(move.fires.targets) and not world.is_stopped:
        world = plan(world, move.fires.ordinal, PATIENT)
    return world  # what reaches nobody is told to staff by the next step


def plan(world: World, step: int, reader: str) -> World:
    for mail in world.mails:
        if (mail.who, mail.watch) == (reader, world.watch) and mail.state in UNSENT:
            world = become(world, mail, MessageState.SUPERSEDED)
    return world.add(step=step, round=world.position.round, who=reader, due_at=world.now)


def sweep(world: World) -> World:
    for mail in world.mails:
        if mail.lease_until is not None and mail.lease_until <= world.now:
            lost = DeliveryFailed("its sender stopped in between", refusal=Refusal.UNCLEAR)
            world = settle(world, mail, lost)
    return world


def move_date(world: World, *, by: timedelta) -> World:
    assert world.danger_at is not None
    return settled(replace(world, danger_at=world.danger_at + by))


def quieten(world: World, *, kind: SilenceKind) -> World:
    try:
        until = longest_until(kind, level=world.level, danger_at=world.danger_at, now=world.now)
    except CannotSilence:
        return world
    silence = Silence(kind, until, world.level, world.danger_at)
    return settled(replace(world, silence=silence))


def book(world: World) -> World:
    visit_at = world.now + 2 * DAY
    booking = Booking(visit_at, visit_at + DAY)
    return settled(replace(world, booking=booking, called_off_at=None))


def cancel(world: World) -> World:
    """What the visit kept quiet is said at once; past its morning nothing is left to cancel."""
    booking = world.booking
    if booking is None or booking.reopens_at is None or booking.reopens_at <= world.now:
        return world
    return settled(replace(world, booking=None, called_off_at=world.now))


def miss(world: World) -> World:
    """Nobody came and nobody said so: the ladder alone opens again."""
    booking = world.booking
    if booking is None or booking.reopens_at is None:
        return world
    return replace(world, now=max(world.now, booking.reopens_at))
