"""What a hand-over that failed makes of a message and of the world, by the domain's rules."""

from dataclasses import replace

from tests.explorer.world import PATIENT, Mail, World
from tracker.domain.message import MessageState, backoff, check_move
from tracker.domain.outgoing import DeliveryFailed, Refusal


def settle(world: World, mail: Mail, failed: DeliveryFailed) -> World:
    is_patient = mail.who == PATIENT
    if failed.refusal is Refusal.UNCLEAR:
        check_move(mail.state, MessageState.UNKNOWN)
        world = world.with_mail(replace(mail, state=MessageState.UNKNOWN, lease_until=None))
        if is_patient:
            return replace(world, must_phone=True)
        return _tell_again(world, mail)
    if failed.is_permanent:
        check_move(mail.state, MessageState.FAILED)
        world = world.with_mail(replace(mail, state=MessageState.FAILED, lease_until=None))
        return replace(world, must_phone=True)
    check_move(mail.state, MessageState.PLANNED)
    due_at = world.now + backoff(mail.attempts)
    return world.with_mail(
        replace(mail, state=MessageState.PLANNED, lease_until=None, due_at=due_at)
    )


def _tell_again(world: World, mail: Mail) -> World:
    newer = any(one.number > mail.number and one.who == mail.who for one in world.mails)
    if world.is_closed or newer:
        return world
    position = replace(world.position, round=world.position.round + 1)
    return replace(world, position=position).add(
        step=mail.step,
        round=position.round,
        who=mail.who,
        due_at=world.now + backoff(mail.attempts),
        attempts=mail.attempts,
    )
