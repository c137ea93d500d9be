"""Which case of a test is tried on which database.

Each test is tried on SQLite and on PostgreSQL. Where one has several cases, `make test` tries
them in turns, the first on SQLite, the second on PostgreSQL, and `make bench` each on both.
A test whose cases hang on the database itself says so by the mark `both_databases`: each of
them is tried on both. One that goes through all the pages, or through weeks, for what the
database has no part in, says by the mark `one_database` on which it goes in `make test`.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from itertools import cycle

import pytest

DATABASES = ("sqlite", "postgresql")
URLS = {"database_url", "bare_database_url"}
Case = tuple[Hashable, ...]


def in_turns(items: Iterable[pytest.Item]) -> tuple[list[pytest.Item], list[pytest.Item]]:
    """What `make test` tries, and what is left to `make bench`."""
    items = list(items)
    tests: dict[str, list[pytest.Item]] = {}
    for item in items:
        tests.setdefault(item.nodeid.partition("[")[0], []).append(item)
    later = {one for cases in tests.values() for one in _later(cases)}
    return [one for one in items if one not in later], [one for one in items if one in later]


def _later(items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """Of the cases of one test those that wait; one that is asked for alone, doesn't."""
    cases = [_case(item) for item in items]
    twice = [case for case, times in Counter(cases).items() if times == len(DATABASES)]
    one = items[0].get_closest_marker("one_database")
    turns: dict[Case, str] = {}
    if one is not None:
        turns = dict.fromkeys(twice, one.args[0])
    elif len(twice) > 1 and not items[0].get_closest_marker("both_databases"):
        turns = dict(zip(twice, cycle(DATABASES), strict=False))
    return [
        item
        for item, case in zip(items, cases, strict=True)
        if case in turns and turns[case] != database_of(item)
    ]


def database_of(item: pytest.Item) -> str | None:
    """Which database the test is tried on, if on one at all."""
    given = _params(item)
    return next((given[name] for name in sorted(URLS & given.keys())), None)


def _case(item: pytest.Item) -> Case:
    """What the test is given besides a database; by its words, for not all can be compared."""
    given = _params(item)
    if not URLS & given.keys():
        return (item.nodeid,)
    return tuple((name, repr(one)) for name, one in sorted(given.items()) if name not in URLS)


def _params(item: pytest.Item) -> dict[str, str]:
    call = getattr(item, "callspec", None)
    return {} if call is None else dict(call.params)
