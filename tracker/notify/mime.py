"""An e-mail as it goes over the line.

Built by the library's older classes: the newer ones read each header again that they are given,
which took longer than sending it.
"""

import re
from email import charset
from email._policybase import Compat32
from email.charset import Charset
from email.header import Header
from email.mime.application import MIMEApplication
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.utils import format_datetime, formataddr, parseaddr
from functools import lru_cache
from typing import Any

from tracker.domain.outgoing import Attachment, Outgoing
from tracker.notify.way_out import with_way_out

LONGEST_LINE = 900  # characters; a server may cut lines of more than 998 bytes
FOLDED_AT = 78  # characters; RFC 5322, 2.1.1
QUOTED = Charset("utf-8")  # any server takes it, with or without 8BITMIME
QUOTED.body_encoding = charset.QP


class _Lines(Compat32):
    """Folds a header only where it must be: the library takes all of them for foreign words."""

    def fold_binary(self, name: str, value: Any) -> bytes:
        line = f"{name}: {value}"
        if isinstance(value, str) and len(line) <= FOLDED_AT and line.isascii():
            return (line + self.linesep).encode("ascii")
        return super().fold_binary(name, value)


POLICY = _Lines(linesep="\r\n")


def as_text(outgoing: Outgoing, sender: str) -> bytes:
    """The e-mail closed by its dot. Raises ValueError for a header of more than one line."""
    words, reference = outgoing.words, outgoing.name
    said = MIMEMultipart("alternative", f"=_said_{reference}")
    body, html = with_way_out(words)
    said.attach(_text(body, "plain"))
    said.attach(_text(html, "html"))
    mail: MIMEMultipart = said
    if outgoing.attachments:
        mail = MIMEMultipart("mixed", f"=_mail_{reference}")
        mail.attach(said)
        for one in outgoing.attachments:
            mail.attach(_page(one))
    for name, value in _headers(outgoing, sender).items():
        mail[name] = _header(value)
    text = re.sub(rb"(?m)^\.", b"..", mail.as_bytes(policy=POLICY))
    return text.rstrip(b"\r\n") + b"\r\n.\r\n"


def message_id(name: str, sender: str) -> str:
    """The same message has the same one, so that a receiver can tell what came twice."""
    domain = address_in(sender).rpartition("@")[2] or "localhost"
    return f"<{name}@{domain}>"


@lru_cache
def address_in(sender: str) -> str:
    """The address alone of "Clinic <pumps@clinic.example>"."""
    return parseaddr(sender)[1]


@lru_cache
def _from(sender: str) -> str:
    """Its name, not its address, may be encoded."""
    return formataddr(parseaddr(sender))


def _headers(outgoing: Outgoing, sender: str) -> dict[str, str]:
    words = outgoing.words
    headers = {
        "From": _from(sender),
        "To": outgoing.to_address,
        "Subject": words.subject,
        "Date": format_datetime(outgoing.at),
        "Message-ID": message_id(outgoing.name, sender),
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
    }
    if words.unsubscribe:
        headers["List-Unsubscribe"] = f"<{words.unsubscribe}>"
        if words.unsubscribe.startswith("https://"):  # RFC 8058 asks for it
            headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers


def _header(value: str) -> str:
    """The value in ASCII. A line break in it would begin a header of somebody else's."""
    if "\n" in value or "\r" in value:
        raise ValueError("a header of an e-mail must be one line")
    return value if value.isascii() else Header(value, "utf-8").encode()


def _text(text: str, kind: str) -> MIMEText:
    is_plain = text.isascii() and max(map(len, text.split("\n"))) <= LONGEST_LINE
    return MIMEText(text, kind, "us-ascii" if is_plain else QUOTED)  # type: ignore[arg-type]


def _page(page: Attachment) -> MIMEBase:
    """A page that goes along; text is written in UTF-8, as all our pages are."""
    main, _, sub = page.kind.partition("/")
    part: MIMEBase = MIMEApplication(page.content, sub)
    if main == "text":
        part = MIMEText(page.content.decode(), sub, QUOTED)  # type: ignore[arg-type]
    part.add_header("Content-Disposition", "attachment", filename=page.name)
    return part
