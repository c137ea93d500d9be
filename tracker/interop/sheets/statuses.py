"""What a sheet says of a pump's state: running, ended, or nobody can tell."""
# ruff: noqa: E501  words in the order in which they are tried

import re

RUNNING = re.compile(
    r"(active|aktiv|in use|in betrieb|running|läuft|ok|okay|current|aktuell|implanted|implantiert"
    r"|in situ|in place|working|yes|ja|live|alive|normal|good|stable|stabil|ongoing|laufend"
    r"|in (treatment|therapy)|on (treatment|therapy)|enrolled|open|refilled|a)",
    re.IGNORECASE,
)
ENDED = (
    ("explanted", r"\b(explant|explantiert|removed?|entfernt|taken out|out of use|ex$)"),
    ("died", r"(\b(died|dead|deceased|death|rip|passed away|verstorben|gestorben|tod|exitus)\b|†)"),
    ("transferred", r"\b(transferr?(ed)?\b|moved|verlegt|verzogen|discharged|entlassen|other clinic"
                    r"|left (the )?(clinic|area|service))"),
    ("replaced", r"\b(replaced|ersetzt|ausgetauscht|exchanged)\b"),
    ("inactive", r"\b(inactive|inaktiv|not (active|in use|implanted)|nicht (mehr )?aktiv|archived?"
                 r"|archiviert|ended|beendet|closed|therapy (stopped|ended)|stillgelegt)\b"),
)  # fmt: skip
KNOWN_ENDS = tuple((word, re.compile(pattern, re.IGNORECASE)) for word, pattern in ENDED)
NOT_YET = re.compile(
    r"\b(to be|planned|plan(s)? to|for|awaiting|before|geplant|vor)\b", re.IGNORECASE
)


NOTED = re.compile(
    r"\b(explant\w*|deceased|died|verstorben|gestorben|pump(e)? (was )?(removed|entfernt))\b|†",
    re.IGNORECASE,
)


def may_have_ended(notes: str) -> bool:
    """Whether a free text has a word in it for the end of a pump, whosever pump it means."""
    return NOTED.search(notes) is not None


def ended_by(status: str) -> str | None:
    """The status, where it says that the pump has ended; a plan to end it says nothing yet."""
    if NOT_YET.search(status):
        return None
    return next((status for _, pattern in KNOWN_ENDS if pattern.search(status)), None)


def is_running(status: str) -> bool:
    """Whether the status says that the pump is in use."""
    return RUNNING.fullmatch(status.strip()) is not None
