"""The watch that asks to telephone the patient: what is asked, and what is an answer to it.

Whether it may end is asked of `domain/reached`, with what is on record. What truly answers a
message is noted on it apart from that, as the event happens.
"""

from collections.abc import Iterator

from tests.explorer.explore import Event
from tests.explorer.world import PATIENT, Address, Mail, World, replace
from tracker.domain.message import MessageState
from tracker.domain.reached import Asked, is_another_way, shown_of_all, shows_address

CALL = "the patient is reached by telephone"
MENDED = "an address that works is written down"
WITHDRAWN = "staff write down that nothing is to be sent to the refused address"
STOP = "the patient says STOP, or staff take the consent back"
AGREED = "staff write down what was agreed instead"

# In truth: written here once more, so that a slip in the domain is seen.
MAYBE_READ = (MessageState.UNKNOWN, MessageState.CANCELLED)


def telephone_events(world: World) -> Iterator[Event]:
    """What people may do about those who could not be written to."""
    if world.asked:
        yield CALL, call
    if world.address is not Address.WORKS:
        yield MENDED, mend
    if world.address is Address.REFUSED and any(
        not world.mails[number - 1].is_withdrawn for number in world.asked
    ):
        yield WITHDRAWN, withdraw
    if not world.is_stopped:
        yield STOP, stop
    elif world.asks_way:
        yield AGREED, agree


def ask(world: World, number: int) -> World:
    """Somebody is asked to telephone about one message, beside what is asked already.

    It is asked anew: a call of before tells nobody of it.
    """
    mail = world.mails[number - 1]
    anew = replace(mail, is_told=False, is_withdrawn=False, is_heard=False, is_answered=False)
    world = world.with_mail(anew)
    if number in world.asked:
        return world
    return replace(world, asked=(*world.asked, number))


def look(world: World) -> World:
    """End what is answered by what is on record: the whole question, or none of it."""
    if world.asks_way and is_another_way(is_decided=world.is_agreed, is_mended=False):
        world = replace(world, asks_way=False)
    asked = [_asked(world, world.mails[number - 1]) for number in world.asked]
    return world if shown_of_all(asked) is None else replace(world, asked=())


def _asked(world: World, mail: Mail) -> Asked:
    return Asked(
        state=mail.state,
        is_to_staff=False,
        is_over=world.is_closed or mail.watch != world.watch,
        is_told=mail.is_told,
        is_mended=world.address is Address.WORKS and not world.is_stopped,
        is_refused=world.address is Address.REFUSED or world.is_stopped,
        is_withdrawn=mail.is_withdrawn,
    )


def call(world: World) -> World:
    """They are told of all that is asked about by now; an address is not mended by that."""
    is_refused = world.address is Address.REFUSED or world.is_stopped

    def told(mail: Mail) -> Mail:
        is_unclear = mail.who == PATIENT and mail.state in MAYBE_READ
        is_enough = is_unclear or (_is_lost(mail) and (not is_refused or mail.is_withdrawn))
        return replace(
            mail,
            is_told=mail.is_told or mail.number in world.asked,
            is_heard=mail.is_heard or is_unclear or _is_lost(mail),
            is_answered=mail.is_answered or is_enough,
        )

    return look(world.with_each(told))


def withdraw(world: World) -> World:
    """They have no other address, and are telephoned: who has been has an answer."""

    def withdrawn(mail: Mail) -> Mail:
        is_answer = _is_lost(mail) and mail.is_heard
        return replace(mail, is_withdrawn=True, is_answered=mail.is_answered or is_answer)

    return look(world.with_each(withdrawn))


def mend(world: World) -> World:
    """Written to again: what was refused there is asked about no more."""
    world = replace(world, address=Address.WORKS)
    if world.is_stopped:
        return look(world)
    return look(world.with_each(_mended))


def _mended(mail: Mail) -> Mail:
    return replace(mail, is_answered=True) if _is_lost(mail) else mail


def delivered(world: World, mail: Mail) -> World:
    """A report that it arrived: the address works, unless something was refused there since."""
    if mail.who != PATIENT:
        return world
    newest_lost = max((one.number for one in world.mails if _is_lost(one)), default=None)
    if world.address is Address.FAILING and shows_address(mail.number, newest_lost):
        world = replace(world, address=Address.WORKS)
    # in truth it shows something of what was lost before it
    world = world.with_each(lambda one: _mended(one) if one.number < mail.number else one)
    return look(world)


def _is_lost(mail: Mail) -> bool:
    return mail.who == PATIENT and mail.state is MessageState.FAILED


def ask_for_address(world: World, mail: Mail, address: Address) -> World:
    """A message to the patient is refused, or reported as lost."""
    return ask(replace(world, address=max(world.address, address)), mail.number)


def stop(world: World) -> World:
    return replace(world, is_stopped=True, asks_way=True)


def agree(world: World) -> World:
    """A decision of later; whether it is enough is asked of the domain."""
    return look(replace(world, is_agreed=True))
