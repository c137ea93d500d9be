"""Whether something is written at all: a reason that nobody can see is none."""

import unicodedata

# Letters and signs by their class that leave the paper white: the fillers of Hangul, the
# Braille pattern without a dot, and the note without a head.
WHITE = frozenset("\u115f\u1160\u2800\u3164\uffa0\U0001d159")
INKED = "LNPS"  # letters, numbers, punctuation, signs; a mark alone stands on nothing


def is_blank(text: str) -> bool:
    """Whether a reader would see nothing: no spaces, joiners or marks count as written."""
    return not any(unicodedata.category(one)[0] in INKED and one not in WHITE for one in text)
