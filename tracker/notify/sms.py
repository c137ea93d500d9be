"""What the ways of sending texts share: one HTTP request, and how far a broken one came.

No error text repeats an address or an answer's page: a gateway's address can hold a password.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass

import requests
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError, SSLError

from tracker.domain.outgoing import DeliveryFailed, Refusal

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

    def __init__(self, timeout: float, auth: tuple[str, str] | None = None) -> None:
        if not 0 < timeout <= LONGEST_TIMEOUT:
            raise ValueError(f"the timeout must be above 0 and at most {LONGEST_TIMEOUT} s")
        self._timeout, self._auth = timeout, auth
        self._session: requests.Session | None = None

    def ask(self, method: str, url: str, fields: Mapping[str, str]) -> Answer:
        """The provider's answer, whatever it is. Raises DeliveryFailed where none came."""
        session = self._session = self._session or _session(url)
        where = "params" if method == "GET" else "data"
        try:
            with session.request(
                method,
                url,
                auth=self._auth,
                timeout=self._timeout,
                allow_redirects=False,
                stream=True,
                **{where: dict(fields)},  # type: ignore[arg-type]
            ) as response:
                return Answer(response.status_code, self._read(response))
        except (requests.RequestException, OSError) as problem:
            self.close()
            raise _broken(problem) from None  # the cause's own words hold the address

    def _read(self, response: requests.Response) -> str:
        """The words, while they are short and come in time: a drip is no answer."""
        found, until = b"", time.monotonic() + self._timeout
        for piece in response.iter_content(4096):
            found += piece
            if len(found) > LONGEST_ANSWER or time.monotonic() > until:
                raise requests.ReadTimeout
        return found.decode("utf-8", "replace")

    def close(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            session.close()


def _session(url: str) -> requests.Session:
    """With the proxies and authorities of the environment, read once and not for each text."""
    session = requests.Session()
    found = session.merge_environment_settings(url, {}, None, None, None)
    session.proxies.update(found["proxies"])
    session.verify, session.trust_env = found["verify"], False
    return session


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
