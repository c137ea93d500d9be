"""What a hand-over that failed makes of a message and of the world, by the domain's rules."""

from dataclasses import replace

from tests.explorer.world import PATIENT, Mail, World
from tracker.domain.message import check_move
from tracker.domain.outcome import HandOver, outcome_of
from tracker.domain.outgoing import DeliveryFailed


def settle(world: World, mail: Mail, failed: DeliveryFailed) -> World:
    newer = any(one.number > mail.number and one.who == mail.who for one in world.mails)
    done = HandOver(
        state=mail.state,
        refusal=failed.refusal,
        is_to_patient=mail.who == PATIENT,
        is_over=world.is_closed,
        newer_waits=newer,
        attempts=mail.attempts,
    )
    outcome = outcome_of(done)
    if outcome.state is None:
        return world
    check_move(mail.state, outcome.state)
    due_at = mail.due_at if outcome.again_in is None else world.now + outcome.again_in
    world = world.with_mail(replace(mail, state=outcome.state, lease_until=None, due_at=due_at))
    if outcome.raises is not None:
        world = replace(world, must_phone=True)
    if outcome.told_again_in is None:
        return world
    position = replace(world.position, round=world.position.round + 1)
    return replace(world, position=position).add(
        step=mail.step,
        round=position.round,
        who=mail.who,
        due_at=world.now + outcome.told_again_in,
        attempts=mail.attempts,
    )
