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
    ("transferred", r"\b(transferr?(ed)?\b|verlegt|verzogen|other clinic"
                    r"|moved (away|to)\b|left (the )?(clinic|area|service)|discharged from (the )?(clinic|service))"),
    ("replaced", r"\b(replaced|ersetzt|ausgetauscht|exchanged)\b"),
    ("inactive", r"\b(inactive|inaktiv|not (active|in use|implanted)|nicht (mehr )?aktiv|archived?"
                 r"|archiviert|ended|beendet|closed|therapy (stopped|ended)|stillgelegt)\b"),
)  # fmt: skip
KNOWN_ENDS = tuple((word, re.compile(pattern, re.IGNORECASE)) for word, pattern in ENDED)
# A plan or a question: neither says that this pump has ended.
NOT_YET = re.compile(
    r"\b(to be|will be|planned|planning|plans? to|await\w*|wait(ing|list)?|geplant|schedul\w*|pending"
    r"|consider\w*|discuss\w*|possibl[ey]|maybe|request\w*|ok to|erwogen|besprochen|angemeldet|evtl"
    r"|(transferr?ed|verlegt) (in\b|from|von|aus))\b"
    r"|\b(not|if|when|before|until|nicht|vor) (yet )?(explant|remov|transferr|entfernt|verlegt)|\?",
    re.IGNORECASE,
)
IN_USE = re.compile(
    r"\b(active|aktiv|in situ|in use|in service|in betrieb|running|läuft|working|ongoing|laufend"
    r"|continu(es|ing)|refill due|follow[ -]?up)\b",
    re.IGNORECASE,
)
DOUBTED = re.compile(
    r"\b(no|not|never|nicht|kein\w*|stopped|off|paused|hold|lost|until|was|bis)\b|\?",
    re.IGNORECASE,
)
REMARK = re.compile(r"\s*[,;:(/–]\s*|\s+(?:-|since|seit)\s+")
DONE = re.compile(
    r"\b(explanted|explantiert|removed|entfernt|died|deceased|verstorben|gestorben)\b",
    re.IGNORECASE,
)
INTENDED = re.compile(r"\b(for|before|vor)\b", re.IGNORECASE)  # "explanted for" says why


NOTED = re.compile(
    r"\b(explant\w*|deceased|died|verstorben|gestorben|pump(e)? (was )?(removed|entfernt))\b|†",
    re.IGNORECASE,
)


def may_have_ended(notes: str) -> bool:
    """Whether a free text has a word in it for the end of a pump, whosever pump it means."""
    return NOTED.search(notes) is not None


def ended_by(status: str) -> str | None:
    """The status, where it says that the pump has ended; a plan to end it says nothing yet."""
    if NOT_YET.search(status) or (INTENDED.search(status) and not DONE.search(status)):
        return None
    return next((status for _, pattern in KNOWN_ENDS if pattern.search(status)), None)


def is_running(status: str) -> bool:
    """Whether the status says that the pump is in use, alone or with a remark."""
    said = REMARK.split(status.strip(), maxsplit=1)[0]
    if RUNNING.fullmatch(said) is not None:
        return True
    return IN_USE.search(status) is not None and DOUBTED.search(status) is None
