"""What a sender and a provider do with one message: claimed, looked at, said, reported."""

from tests.explorer.settling import has_newer, settle
from tests.explorer.telephoning import ask, ask_for_address, delivered
from tests.explorer.world import DAY, LEASE, PATIENT, Address, Mail, World, replace
from tracker.domain.message import PERHAPS_THERE, MessageState, check_move, may_become
from tracker.domain.outgoing import DeliveryFailed, Refusal
from tracker.domain.silence import broken_by
from tracker.domain.standing import Standing, why_not


def claim(world: World, *, number: int) -> World:
    """Claim one, commit, and look at it afresh."""
    mail = _mail(world, number)
    check_move(mail.state, MessageState.CLAIMED)
    mail = replace(
        mail,
        state=MessageState.CLAIMED,
        lease_until=world.now + LEASE,
        attempts=mail.attempts + 1,
    )
    world = world.with_mail(mail)
    drop = why_not(standing(world, mail))
    if drop is None:
        is_needless = world.is_closed or mail.watch != world.watch
        return world.with_mail(
            replace(mail, is_unlooked=not world.is_compared, is_needless=is_needless)
        )
    world = become(world, mail, drop.state)
    world = world.with_mail(replace(_mail(world, number), is_untold=_is_untold(world, mail)))
    if drop.asks_to_telephone:
        world = ask(world, number)
    if drop.state is MessageState.HELD:
        held = replace(_mail(world, number), state=MessageState.PLANNED, due_at=world.now + DAY)
        world = world.with_mail(held)
    return world


def _is_untold(world: World, mail: Mail) -> bool:
    """Whether the patient, who may be written to, has in truth heard nothing of its step.

    Until the records that were put back are compared, their own alarm asks about all of it.
    """
    is_open = world.is_compared and not world.is_stopped
    is_told = (mail.watch, mail.step) in world.told_before
    return is_open and not is_told and world.address is not Address.REFUSED


def standing(world: World, mail: Mail) -> Standing:
    """What a sender knows of a message it has claimed."""
    is_patient = mail.who == PATIENT
    told_today = any(
        one.number != mail.number
        and one.who == PATIENT
        and (one.is_handed or one.state in PERHAPS_THERE)
        and one.due_at.date() == world.now.date()
        for one in world.mails
    )
    return Standing(
        is_over=world.is_closed or mail.watch != world.watch,
        is_restored=not world.is_compared,
        step=mail.step,
        cursor=world.position.cursor,
        held_by=_held_by(world),
        newer_waits=has_newer(world, mail),
        is_refused=is_patient and (world.is_stopped or world.address is Address.REFUSED),
        is_to_patient=is_patient,
        has_consent=not world.is_stopped,
        was_told_today=is_patient and told_today,
        was_told_step=is_patient and _told_step(world, mail),
        was_perhaps_told=is_patient and mail.step <= world.perhaps_told,
    )


def _held_by(world: World) -> str:
    """Who has the watch, unless their silence is over and only waits to be written off."""
    silence = world.silence
    if silence is None:
        return ""
    is_over = broken_by(silence, level=world.level, danger_at=world.danger_at, now=world.now)
    return "" if is_over else f"{silence.kind} until {silence.until}"


def _told_step(world: World, mail: Mail) -> bool:
    return any(
        one.number != mail.number
        and (one.who, one.step, one.watch) == (mail.who, mail.step, mail.watch)
        and (
            one.state in PERHAPS_THERE
            or (one.state is MessageState.FAILED and one.has_left)
            or (one.state is MessageState.CLAIMED and one.number < mail.number)
        )
        for one in world.mails
    )


def hand_over(world: World, *, number: int, refusal: Refusal | None, arrives: bool) -> World:
    """The text leaves, or does not; what is known of it is written in a step of its own."""
    mail = _mail(world, number)
    if refusal is None:
        mail = replace(mail, is_handed=True, arrived=mail.arrived + 1, has_left=True)
        return world.with_mail(mail)
    mail = replace(mail, arrived=mail.arrived + arrives)
    return settle(world.with_mail(mail), mail, DeliveryFailed("no", refusal=refusal))


def give_back(world: World, *, number: int) -> World:
    """Others of its batch took too long: it waits for its turn, and is looked at once more."""
    mail = become(world, _mail(world, number), MessageState.PLANNED).mails[number - 1]
    return world.with_mail(replace(mail, attempts=mail.attempts - 1))


def written(world: World, *, number: int) -> World:
    """The sender commits that its message was taken; it may be late."""
    mail = replace(_mail(world, number), is_handed=False)
    world = world.with_mail(mail)
    if may_become(mail.state, MessageState.SENT):
        world = become(world, mail, MessageState.SENT)
    for state in mail.reports:
        world = _reported(world, number, state)
    return world


def report(world: World, *, number: int, state: MessageState) -> World:
    """A provider's word: doubled, late, early or out of order, it never moves a state back."""
    mail = _mail(world, number)
    world = world.with_mail(replace(mail, reports=(*mail.reports, state)))
    return _reported(world, number, state)


def _reported(world: World, number: int, state: MessageState) -> World:
    mail = _mail(world, number)
    if mail.state is MessageState.CLAIMED or not may_become(mail.state, state):
        return world  # kept, and looked at again when ours is written
    world = become(world, mail, state)
    if mail.who != PATIENT:
        return world
    if state is MessageState.FAILED:
        return ask_for_address(world, mail, Address.FAILING)
    return delivered(world, mail)


def become(world: World, mail: Mail, state: MessageState) -> World:
    check_move(mail.state, state)
    return world.with_mail(replace(mail, state=state, lease_until=None))


def _mail(world: World, number: int) -> Mail:
    return world.mails[number - 1]
