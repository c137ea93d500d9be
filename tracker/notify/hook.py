"""A call of a webhook: one POST to an address that somebody typed into a page.

It goes outside only, to what the name leads to at this very moment; nothing is followed, and
what is answered is not read but for its code. No text here repeats the address.
"""

import requests

from tracker.outward.calls import guarded
from tracker.outward.places import Inside, Reach

TIMEOUT = 10  # seconds to connect, and as many for the answer; ours: 5 to 15 are usual
AGENT = "pump-refill-tracker-webhook/1"


class Unanswered(Exception):
    """There is no code; the text says why."""


def call(
    address: str,
    body: bytes,
    headers: dict[str, str],
    *,
    certificates: str = "",
    reach: Reach = Reach.OUTSIDE,
    timeout: float = TIMEOUT,
) -> int:
    """The code that was answered. Raises Unanswered."""
    sent = {**headers, "Content-Type": "application/json", "User-Agent": AGENT}
    try:
        one = requests.Session()
        with (
            guarded(one, reach, timeout=timeout, certificates=certificates) as session,
            session.post(address, data=body, headers=sent, stream=True) as answer,
        ):
            return answer.status_code
    except (requests.RequestException, OSError, ValueError) as problem:
        raise Unanswered(_why(problem)) from None  # the cause's own words hold the address


def _why(problem: BaseException) -> str:
    """In plain words, for the page of the webhook."""
    name = type(problem).__name__
    if _is_inside(problem):
        return "the name leads inside the hospital's network, where nothing is sent"
    if isinstance(problem, requests.exceptions.SSLError):
        return "its certificate is not one that we believe"
    if isinstance(problem, requests.Timeout):
        return f"there was no answer in {TIMEOUT} seconds"
    return f"it could not be reached ({name})"


def _is_inside(problem: BaseException | None) -> bool:
    """Whether it is our own refusal, however it is wrapped."""
    seen: set[int] = set()
    while problem is not None and id(problem) not in seen:
        seen.add(id(problem))
        if isinstance(problem, Inside):
            return True
        inner = [one for one in problem.args if isinstance(one, BaseException)]
        reason = getattr(inner[0], "reason", None) if inner else None
        problem = reason or problem.__cause__ or problem.__context__
    return False
