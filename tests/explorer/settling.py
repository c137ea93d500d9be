"""What a hand-over that failed makes of a message and of the world, by `domain/outcome`."""

from tests.explorer.telephoning import ask, ask_for_address
from tests.explorer.world import PATIENT, Address, Mail, World, replace
from tracker.domain.escalation import Position
from tracker.domain.message import LET_GO, check_move
from tracker.domain.outcome import HandOver, Raised, outcome_of
from tracker.domain.outgoing import DeliveryFailed, Refusal


def has_newer(world: World, mail: Mail) -> bool:
    """Whether a later message of its watch to the same reader is there, or was sent."""
    return any(
        one.number > mail.number
        and (one.who, one.watch) == (mail.who, mail.watch)
        and one.state not in LET_GO
        for one in world.mails
    )


def settle(world: World, mail: Mail, failed: DeliveryFailed) -> World:
    """Carry out what the domain decides, as the services do."""
    outcome = outcome_of(
        HandOver(
            state=mail.state,
            refusal=failed.refusal,
            is_to_patient=mail.who == PATIENT,
            is_over=world.is_closed or mail.watch != world.watch,
            newer_waits=has_newer(world, mail),
            attempts=mail.attempts,
        )
    )
    if outcome.state is None:
        return world
    check_move(mail.state, outcome.state)
    due_at = mail.due_at if outcome.again_in is None else world.now + outcome.again_in
    has_left = mail.has_left or failed.refusal is Refusal.UNCLEAR
    settled = replace(
        mail, state=outcome.state, lease_until=None, due_at=due_at, has_left=has_left
    )
    world = world.with_mail(settled)
    if mail.who == PATIENT and outcome.raises is Raised.TELEPHONE:
        world = ask(world, mail.number)
    elif mail.who == PATIENT and outcome.raises is Raised.UNREACHED:
        address = Address.FAILING if outcome.doubts_address else Address.WORKS
        address = Address.REFUSED if outcome.flags_address else address
        world = ask_for_address(world, mail, address)
    if outcome.told_again_in is None:
        return world
    stood = world.position
    position = Position(stood.cursor, stood.round + 1, stood.fired_at)
    return replace(world, position=position).add(
        step=mail.step,
        round=position.round,
        who=mail.who,
        due_at=world.now + outcome.told_again_in,
        attempts=mail.attempts,
    )
