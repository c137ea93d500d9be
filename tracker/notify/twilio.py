"""Texts through Twilio's interface, or through one that speaks like it."""

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from tracker.domain.outgoing import DeliveryFailed, Outgoing, Refusal
from tracker.domain.provider_codes import refusal_of
from tracker.notify.sms import Answer, Line, refused, unreadable


@dataclass(frozen=True, slots=True)
class Account:
    """Whose texts they are; `callback_url` is where Twilio reports what became of them."""

    sid: str
    token: str = field(repr=False)
    sender: str
    callback_url: str
    base_url: str = "https://api.twilio.com"
    timeout: float = 20
    certificates: str = ""  # a file of authorities to trust besides the system's


class TwilioChannel:
    """Hands texts to Twilio, one request each."""

    def __init__(self, account: Account) -> None:
        self._account = account
        login = account.sid, account.token
        self._line = Line(account.timeout, login, account.certificates)

    def send(self, outgoing: Outgoing) -> str:
        """Twilio's number for the text. Raises DeliveryFailed."""
        account = self._account
        answer = self._line.ask(
            "POST",
            f"{account.base_url.rstrip('/')}/2010-04-01/Accounts/{quote(account.sid, safe='')}"
            "/Messages.json",
            {
                "To": outgoing.to_address,
                "From": outgoing.sender or account.sender,
                "Body": outgoing.words.sms,
                "StatusCallback": f"{account.callback_url}/{quote(outgoing.key, safe=':')}",
            },
        )
        said = _said(answer)
        if 200 <= answer.status < 300:
            sid = said.get("sid")
            if not isinstance(sid, str) or not sid:
                raise unreadable(answer)
            return sid
        raise _refused(answer, said)

    def close(self) -> None:
        self._line.close()


def _refused(answer: Answer, said: dict[str, Any]) -> DeliveryFailed:
    code = str(said.get("code", "") or "")
    failed = refused(answer, str(said.get("message", ""))[:200], code)
    closer = refusal_of(code)
    if closer is not Refusal.FOR_GOOD:
        failed.refusal = closer
    return failed


def _said(answer: Answer) -> dict[str, Any]:
    try:
        found = json.loads(answer.text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
