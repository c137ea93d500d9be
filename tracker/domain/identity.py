"""Who somebody is, as another house says it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Identity:
    """One person at one issuer: `subject` is theirs for good, an e-mail address is not."""

    issuer: str
    subject: str
    email: str = ""
    is_email_verified: bool = False
    proved_at: datetime | None = None  # when they last showed there who they are
