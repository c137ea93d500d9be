"""What a mail server reports of an e-mail that it had taken: RFC 3464, as far as it matters.

A report is read and never answered.
"""

import re
from dataclasses import dataclass

# The failures that say that the address itself is wrong (RFC 3463, 3.2). 5.1.7 and 5.1.8 are of
# the sender's, ours.
BAD_ADDRESS = re.compile(r"5\.1\.(?!7$|8$)\d{1,3}")
STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
# How an action is kept; "relayed" and "expanded" say no more than that we don't know.
KEPT_AS = {"failed": "bounced", "delivered": "delivered", "delayed": "delayed"}


@dataclass(frozen=True, slots=True)
class Bounce:
    """One report on one e-mail of ours; `reference` is its name, empty where none was found."""

    reference: str
    action: str  # failed, delayed, delivered, relayed, expanded
    status: str = ""  # 5.1.1
    diagnostic: str = ""  # the other server's own words

    @property
    def kept_as(self) -> str:
        return KEPT_AS.get(self.action, self.action)
