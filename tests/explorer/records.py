"""What is written down of the pump, and whether it ends the watch.

Each event says whether the danger is truly over by it; whether the watch ends is asked of
`domain/evidence`, which knows nothing of that.
"""

from collections.abc import Iterator
from functools import cache, partial

from tests.explorer.explore import Event
from tests.explorer.later import settled
from tests.explorer.world import DAY, FILLED_AT, World, replace
from tracker.domain.escalation import START
from tracker.domain.evidence import PUMP_ENDS, Evidence, EvidenceKind, ends, is_new_fill
from tracker.domain.facts import WatchKind

OVER = "the danger is over, by what is on record"
PUMP_GONE = "the pump has ended"
OLDER_FILL = "a refill of before the newest is entered late"
CORRECTED = "a refill is corrected"
NOTHING_RIGHT = "something is written down that puts nothing right"
STRUCK_OUT = "what ended it is struck out"

# The record that ends a watch of each kind when the danger is over.
ENDS: dict[WatchKind, EvidenceKind] = {
    WatchKind.REFILL: EvidenceKind.REFILL,
    WatchKind.BATTERY: EvidenceKind.REPLACED,
    WatchKind.NO_DATA: EvidenceKind.PROGRAMME,
    WatchKind.STOPPED: EvidenceKind.PROGRAMME,
    WatchKind.MISMATCH: EvidenceKind.VOID,
    WatchKind.DISCREPANCY: EvidenceKind.ASSESSMENT,
    WatchKind.DISPUTE: EvidenceKind.COUNTERSIGN,
    WatchKind.UNDELIVERABLE: EvidenceKind.ADDRESS_MENDED,
    WatchKind.VISIT: EvidenceKind.APPOINTMENT,
    WatchKind.REPLY: EvidenceKind.REPLY_HANDLED,
    WatchKind.LIST: EvidenceKind.NEXT_LIST,
    WatchKind.DAY_REPORT: EvidenceKind.NEXT_REPORT,
    WatchKind.WEEK_REPORT: EvidenceKind.NEXT_REPORT,
    WatchKind.ACCESS: EvidenceKind.ACCESS_REVIEW,
    WatchKind.TRANSFER: EvidenceKind.TRANSFER_DECLINED,
    WatchKind.INTERROGATION: EvidenceKind.READING,
    WatchKind.ASSESSMENT: EvidenceKind.EVENT_END,
    WatchKind.RAISED_FLOW: EvidenceKind.EVENT_END,
    WatchKind.REVIEW: EvidenceKind.REVIEW,
    WatchKind.RECALL: EvidenceKind.RECALL_PUMP,
    WatchKind.ORDER: EvidenceKind.DRUG_ORDER,
    WatchKind.AUTHORISATION: EvidenceKind.AUTHORISATION,
    WatchKind.ALARM: EvidenceKind.READING,
    WatchKind.MINOR_ALARM: EvidenceKind.READING,
    WatchKind.ENDING: EvidenceKind.END_SIGN,
    WatchKind.CALL: EvidenceKind.CONTACT_ATTEMPT,
    WatchKind.SYSTEM: EvidenceKind.AUDIT_PASSED,
}


def record_events(world: World) -> Iterator[Event]:
    """What may be written down while the watch is open."""
    yield OVER, over
    yield PUMP_GONE, pump_gone
    yield OLDER_FILL, partial(fill, days=-1)
    yield CORRECTED, partial(fill, days=1, is_correction=True)
    yield NOTHING_RIGHT, nothing_right


def write_down(world: World, evidence: Evidence, *, is_safe: bool = False) -> World:
    """A record, and what it makes of the watch; `is_safe`: the danger is truly over by it."""
    world = replace(world, is_safe=world.is_safe or is_safe)
    if not ends(kind_of(world), evidence, stands=not world.is_safe):
        return world
    return replace(world, is_closed=True, silence=None, booking=None)


def kind_of(world: World) -> WatchKind:
    return world.kind or WatchKind.REFILL


def over(world: World) -> World:
    record = ENDS[kind_of(world)]
    is_new = record is EvidenceKind.REFILL and is_new_fill(
        world.now, FILLED_AT, is_correction=False
    )
    return write_down(world, Evidence(record, is_new_fill=is_new), is_safe=True)


def pump_gone(world: World) -> World:
    """Explanted, replaced, or its patient has died: nothing is left to be watched."""
    return write_down(world, Evidence(EvidenceKind.EXPLANTED), is_safe=True)


def fill(world: World, *, days: int, is_correction: bool = False) -> World:
    """A row about a reservoir that was filled anew since, or that is none of its own."""
    filled_at = FILLED_AT + days * DAY
    is_new = is_new_fill(filled_at, FILLED_AT, is_correction=is_correction)
    return write_down(world, Evidence(EvidenceKind.REFILL, is_new_fill=is_new))


def nothing_right(world: World) -> World:
    """Any record, with which what the watch is about is still so."""
    found = _that_end(kind_of(world))
    return write_down(world, Evidence(found)) if found is not None else world


@cache
def _that_end(kind: WatchKind) -> EvidenceKind | None:
    """The first kind of record that would end the watch though it puts nothing right."""
    for one in EvidenceKind:
        if one not in PUMP_ENDS and ends(kind, Evidence(one), stands=True):
            return one
    return None


def strike_out(world: World) -> World:
    """What ended the danger was none: it is watched anew, from the first step."""
    world = replace(world, is_closed=False, is_safe=False, watch=world.watch + 1)
    world = replace(world, position=START, opened_at=world.now, perhaps_told=0)
    return settled(replace(world, called_off_at=None))
