"""What a provider's code says of an address.

The codes of numbers are Twilio's, by its published list; those of e-mail are of RFC 3463.
"""

from tracker.domain.bounce import BAD_ADDRESS
from tracker.domain.outgoing import Refusal

BAD_NUMBER = frozenset({"21211", "21217", "21614", "30005", "30006"})
OPTED_OUT = frozenset({"21610"})
# Too many at once, and a queue that is full: the same text may pass in a while.
FOR_NOW = frozenset({"14107", "20429", "21611", "30001", "30022"})


def refusal_of(code: str) -> Refusal:
    """What the code means; a code that isn't known says only that this text is lost."""
    if code in BAD_NUMBER or BAD_ADDRESS.fullmatch(code):
        return Refusal.BAD_ADDRESS
    if code in OPTED_OUT:
        return Refusal.OPTED_OUT
    return Refusal.FOR_NOW if code in FOR_NOW else Refusal.FOR_GOOD
