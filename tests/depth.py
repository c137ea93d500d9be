"""How far the tests go: `make test` takes minutes, `make bench` goes to the end.

`EVERY_CASE=1`, as `make bench` says it, has every case seen on both databases, every page in
every look, and the laws tried on several times as many examples. What a promise says is tried
either way.
"""

import os

EVERY_CASE = bool(os.environ.get("EVERY_CASE"))
SHARE, LEAST = 4, 40  # ours: a law that was broken by hand was seen at once with so few


def examples(many: int) -> int:
    """On how many examples a law is tried: on all that are worth it, or a share of them."""
    return many if EVERY_CASE else min(many, max(LEAST, many // SHARE))
