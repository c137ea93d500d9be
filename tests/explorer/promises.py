"""What must be true in every world that can be reached."""

from collections import Counter
from datetime import datetime

from tests.explorer.events import tick, wait
from tests.explorer.sending import claim, hand_over, written
from tests.explorer.world import HOUR, PATIENT, STAFF, Mail, World
from tracker.domain.message import MessageState
from tracker.domain.position import step_dues

PATIENCE = 60  # so many things may happen in good order before somebody is told


def broken(world: World) -> str:
    """The first promise that this world breaks; empty where all are kept."""
    return _evidence_only(world) or _exactly_enough(world) or _persistent(world)


def _evidence_only(world: World) -> str:
    if world.is_closed and not world.is_safe:
        return "evidence only: the watch was closed by what shows nothing"
    if world.is_stopped and not world.is_agreed and not world.asks_way:
        return "evidence only: nobody is asked for another way, and none is agreed"
    for one in world.mails:
        if _wants_an_answer(world, one) and one.number not in world.asked:
            return f"evidence only: nobody telephones about message {one.number}"
    return ""


def _wants_an_answer(world: World, mail: Mail) -> bool:
    """The patient may not have been told of it, while its watch is open."""
    if mail.who != PATIENT or mail.is_answered or world.is_closed or mail.watch != world.watch:
        return False
    is_unclear = mail.state in (MessageState.UNKNOWN, MessageState.FAILED)
    return is_unclear or (mail.state is MessageState.CANCELLED and mail.is_untold)


def _exactly_enough(world: World) -> str:
    told = Counter(world.told_before)
    for one in world.mails:
        told[one.watch, one.step] += one.arrived if one.who == PATIENT else 0
    twice = [step for (_, step), count in told.items() if count > 1]
    if twice:
        return f"exactly enough: the patient was told twice of step {twice[0]}"
    if any(one.is_unlooked and one.who == PATIENT for one in world.mails):
        return "exactly enough: a patient is written to by records that nobody has compared"
    if any(one.is_needless for one in world.mails):
        return "exactly enough: something is said of a watch that is over"
    for one in world.mails:
        if one.who == STAFF and one.state is MessageState.UNKNOWN and not _follows(world, one):
            return f"exactly enough: message {one.number} is unclear and is not said again"
    return ""


def _follows(world: World, lost: Mail) -> bool:
    later = any(one.who == STAFF and one.number > lost.number for one in world.mails)
    return later or world.is_closed or lost.watch != world.watch


def _persistent(world: World) -> str:
    """Were all to go well from here on, staff would hear of it in time."""
    if world.is_closed:
        return ""
    until = _must_speak_by(world)
    if until is None:
        return ""
    begin, told = world, 0
    for _ in range(PATIENCE):
        world = in_good_order(world)
        if world.silence and world.silence.until <= world.now:
            return f"persistent: a silence outlives its end, {world.silence.until:%d %b %H:%M}"
        told = _told_staff(world) - _told_staff(begin)
        if told or world.now > until:
            break
        world = wait(world)
    is_in_time = told and world.now <= until
    return "" if is_in_time else f"persistent: nobody is told by {until:%d %b %H:%M}"


def _must_speak_by(world: World) -> datetime | None:
    """By when an urgent step is said again, if in hand then after that; None where none is."""
    last = world.ladder.steps[-1]
    if last.repeat is None:
        return None
    due = step_dues(world.ladder, world.anchors)[-1]
    quiet_until = world.silence.until if world.silence else world.now
    return max(world.now, due or world.now, quiet_until) + last.repeat + HOUR


def _told_staff(world: World) -> int:
    return sum(one.arrived for one in world.mails if one.who == STAFF)


def in_good_order(world: World) -> World:
    """A tick, and a sender for whom everything goes well."""
    world = tick(world)
    for mail in world.mails:
        if mail.is_handed:
            world = written(world, number=mail.number)
        if mail.state is MessageState.PLANNED and mail.due_at <= world.now:
            world = claim(world, number=mail.number)
        now = world.mails[mail.number - 1]
        if now.state is MessageState.CLAIMED and not now.is_handed:
            world = hand_over(world, number=mail.number, refusal=None, arrives=True)
            world = written(world, number=mail.number)
    return world
