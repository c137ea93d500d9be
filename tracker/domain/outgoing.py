"""What leaves the house: the facts of one notice, its words, and how a hand-over can fail."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from tracker.domain.danger import Rule, WatchKind
from tracker.domain.day_report import Report
from tracker.domain.errors import TrackerError
from tracker.domain.escalation import Level
from tracker.domain.message import Channel, reference_of


class Refusal(StrEnum):
    """Why a hand-over failed, as far as it decides what happens next."""

    FOR_NOW = "for_now"  # this message, this time: try again later
    CHANNEL_DOWN = "channel_down"  # no message gets through just now: try all again later
    FOR_GOOD = "for_good"  # this message will never be taken
    BAD_ADDRESS = "bad_address"  # no message to this address will ever be taken
    OPTED_OUT = "opted_out"  # the reader asked for no more: as if STOP had come here
    UNFIT = "unfit"  # it can't be put into words, or not into fit ones: ours to mend
    UNCLEAR = "unclear"  # the line dropped after the text had left: perhaps taken, perhaps not


class DeliveryFailed(TrackerError):
    """A channel could not hand a message over; code and text are its own words."""

    code = "delivery_failed"

    def __init__(
        self, text: str, *, refusal: Refusal = Refusal.FOR_NOW, provider_code: str = ""
    ) -> None:
        super().__init__(text)
        self.refusal = refusal
        self.provider_code = provider_code


class UnfitWords(TrackerError):
    """Words of a message that name a drug, a dose, a diagnosis or a surname."""

    code = "unfit_words"


@dataclass(frozen=True, slots=True)
class Notice:
    """The facts that one message may speak of, read when it is sent.

    `never_say` are the words (surname, drugs) that must not stand in a subject or a short
    message. They are here to be checked against; no template is given them.
    """

    key: str
    template: str
    channel: Channel
    to_address: str
    to_name: str
    is_to_staff: bool
    clinic_name: str
    clinic_phone: str
    zone: ZoneInfo
    kind: WatchKind
    level: Level
    nth: int
    pump_id: int | None = None
    initials: str = ""
    given_name: str = ""
    danger_at: datetime | None = None
    dry_at: datetime | None = None
    binding_rule: Rule | None = None
    explanation: str = ""
    note: str = ""
    never_say: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()  # to be tried in this order; English is always the last
    # the clinic's, by language and part
    own_words: Mapping[tuple[str, str], str] = field(default_factory=dict)
    contact_id: int | None = None
    files: tuple[str, ...] = ()  # pages to go along, by their paths
    sms_sender: str = ""  # the clinic's own number for texts
    report: Report | None = None  # of the day or the week, read for this mail
    is_admitted: bool = False  # the patient, in a hospital elsewhere: staff are told with it
    reference: str = ""  # by which a report on it names it


@dataclass(frozen=True, slots=True)
class Attachment:
    """A page that goes along with a message."""

    name: str
    kind: str  # "text/html", "application/pdf"
    content: bytes


@dataclass(frozen=True, slots=True)
class Words:
    """One message in words; `html` says the same as `body`. Of a text `body` is `sms`.

    `note` says in which language it had to be said instead; `unsubscribe` is where a patient
    can end these e-mails.
    """

    subject: str
    body: str
    html: str
    sms: str
    language: str = "en"
    note: str = ""
    unsubscribe: str = ""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What a channel hands over. The same `key` is the same message, however often tried."""

    key: str
    to_address: str
    words: Words
    at: datetime
    attachments: tuple[Attachment, ...] = ()
    sender: str = ""  # instead of the one that is set for all
    reference: str = ""  # by which a report names it; none is read of what has no row

    @property
    def name(self) -> str:
        """In the Message-ID and the return path, the same however often it is tried."""
        return self.reference or reference_of(self.key)
