"""What the ways of sending texts share: one HTTP request, and how far a broken one came.

No error text repeats an address or an answer's page: a gateway's address can hold a password.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

import requests
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError, SSLError

from tracker.domain.outgoing import DeliveryFailed, Refusal
from tracker.outward.calls import guarded
from tracker.outward.places import Reach

LONGEST_TIMEOUT = 60  # seconds; the lease of a claim is reckoned from it
LONGEST_ANSWER = 65_536  # bytes; ours: a provider's answer to one text is a few hundred
NOT_LEFT = (NewConnectionError, ConnectTimeoutError, SSLError)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the provider said: its status and the beginning of its words."""

    status: int
    text: str


class Line:
    """A connection kept open between texts; nothing is followed and nothing tried twice."""

    def __init__(
        self, timeout: float, auth: tuple[str, str] | None = None, certificates: str = ""
    ) -> None:
        if not 0 < timeout <= LONGEST_TIMEOUT:
            raise ValueError(f"the timeout must be above 0 and at most {LONGEST_TIMEOUT} s")
        self._timeout, self._auth, self._certificates = timeout, auth, certificates
        self._session: requests.Session | None = None
        self._prepared: dict[tuple[str, str], requests.PreparedRequest] = {}

    def ask(self, method: str, url: str, fields: Mapping[str, str]) -> Answer:
        """The provider's answer, whatever it is. Raises DeliveryFailed where none came."""
        self._session = self._session or self._open()
        try:
            response = self._session.send(self._request(self._session, method, url, fields))
            return Answer(response.status_code, response.content.decode("utf-8", "replace"))
        except (requests.RequestException, OSError) as problem:
            self.close()
            raise _broken(problem) from None  # the cause's own words hold the address

    def _request(
        self, session: requests.Session, method: str, url: str, fields: Mapping[str, str]
    ) -> requests.PreparedRequest:
        """What every text to this address has in common is put together once."""
        if (method, url) not in self._prepared:
            blank = requests.Request(method, url, auth=self._auth)
            self._prepared[method, url] = session.prepare_request(blank)
        request = self._prepared[method, url].copy()
        if method == "GET":
            joint = "&" if urlsplit(str(request.url)).query else "?"
            request.url = f"{request.url}{joint}{urlencode(fields)}"
        else:
            request.prepare_body(dict(fields), None)
        return request

    def _open(self) -> requests.Session:
        try:
            return guarded(
                requests.Session(),
                Reach.ANYWHERE,  # set by who runs the machine: a gateway stands in the house
                timeout=self._timeout,
                certificates=self._certificates,
                largest=LONGEST_ANSWER,
            )
        except OSError as problem:
            text = "the file of authorities can't be read"
            raise DeliveryFailed(text, refusal=Refusal.CHANNEL_DOWN) from problem

    def close(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            session.close()


def refused(answer: Answer, said: str, code: str = "") -> DeliveryFailed:
    """The failure that an answer outside 2xx means, where its code says nothing closer."""
    status = answer.status
    if status in (401, 403, 404, 408, 429) or not 400 <= status < 500:
        # ours to mend at the provider, or theirs: no other text would get through either
        refusal = Refusal.CHANNEL_DOWN
    else:
        refusal = Refusal.FOR_GOOD
    return DeliveryFailed(
        f"the provider of texts answered {status} {said}".strip(),
        refusal=refusal,
        provider_code=code or str(status),
    )


def unreadable(answer: Answer) -> DeliveryFailed:
    """It was taken perhaps: the status says yes and the words say nothing we know."""
    return DeliveryFailed(
        f"the provider of texts answered {answer.status} in words that can't be read",
        refusal=Refusal.UNCLEAR,
        provider_code=str(answer.status),
    )


def _broken(problem: Exception) -> DeliveryFailed:
    name = type(problem).__name__
    if _has_not_left(problem):
        text = f"the provider of texts can't be reached: {name}"
        return DeliveryFailed(text, refusal=Refusal.CHANNEL_DOWN)
    text = f"the line dropped after the text had left: {name}"
    return DeliveryFailed(text, refusal=Refusal.UNCLEAR)


def _has_not_left(problem: Exception) -> bool:
    if isinstance(problem, requests.ConnectTimeout | ValueError):
        return True  # a ValueError: an address that nothing can be sent to
    cause = problem.args[0] if problem.args else None
    return isinstance(cause, MaxRetryError) and isinstance(cause.reason, NOT_LEFT)
