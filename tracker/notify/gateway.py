"""Texts through any HTTP gateway whose parameters can be named, such as Kannel's sendsms."""

from dataclasses import dataclass, field
from urllib.parse import quote

from tracker.domain.gsm7 import length
from tracker.domain.outgoing import Outgoing
from tracker.notify.sms import Line, refused


@dataclass(frozen=True, slots=True)
class Gateway:
    """Where texts are handed over, and which parameter carries what; an empty name: none."""

    url: str = field(repr=False)
    sender: str
    callback_url: str = field(repr=False)  # holds the secret by which reports are believed
    user: str = ""
    password: str = field(default="", repr=False)
    method: str = "GET"
    user_field: str = "username"
    password_field: str = "password"
    to_field: str = "to"
    text_field: str = "text"
    from_field: str = "from"
    report_field: str = "dlr-url"
    timeout: float = 20
    certificates: str = ""  # a file of authorities to trust besides the system's


class GatewayChannel:
    """Hands texts to one gateway, one request each."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._line = Line(gateway.timeout, certificates=gateway.certificates)

    def send(self, outgoing: Outgoing) -> str:
        """Our own key: a gateway's answer names none by which it would report."""
        gateway = self._gateway
        answer = self._line.ask(gateway.method, gateway.url, self._fields(outgoing))
        if not 200 <= answer.status < 300:
            raise refused(answer, "")
        return outgoing.key

    def close(self) -> None:
        self._line.close()

    def _fields(self, outgoing: Outgoing) -> dict[str, str]:
        gateway = self._gateway
        report = f"{gateway.callback_url}/report/{quote(outgoing.key, safe=':')}?status=%d"
        fields = {
            gateway.user_field: gateway.user,
            gateway.password_field: gateway.password,
            gateway.to_field: outgoing.to_address,
            gateway.from_field: outgoing.sender or gateway.sender,
            gateway.text_field: outgoing.words.sms,
            gateway.report_field: report,
        }
        if gateway.report_field == "dlr-url":  # Kannel reports only what is asked for: all
            fields["dlr-mask"] = "31"
            # in seven bits a letter that their alphabet hasn't would arrive as "?"
            is_wide = length(outgoing.words.sms).is_wide
            fields["charset"], fields["coding"] = "UTF-8", "2" if is_wide else "0"
        return {name: value for name, value in fields.items() if name}
