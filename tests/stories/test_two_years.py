"""A clinic lives a year; the seed is printed when a promise is broken.

Here a small clinic, in seconds: all that befalls one in two years befalls it, each outage of
the scheduler and of the sender, and a reservoir that runs empty. `make bench` lets a hundred
pumps live two years, over many seeds.
"""

import pytest

from tests.stories.two_years import SCHEDULER_OUTAGES, SENDER_OUTAGES, live

SEED = 2  # one of those in which a reservoir runs empty


@pytest.mark.timeout(300)
def test_promise_persistent_nobody_runs_dry_unwarned_in_a_year(sessions, database_url):
    is_whole = database_url.startswith("sqlite")
    pumps, days = (6, 365) if is_whole else (5, 200)

    life = live(sessions, seed=SEED, pumps=pumps, days=days)
    with sessions() as session:
        life.watchman.close(session)

    assert life.watchman.breaches == [], f"seed {SEED}"
    assert life.refills >= pumps
    if is_whole:
        assert len(life.outages.scheduler) == len(SCHEDULER_OUTAGES)
        assert len(life.outages.sender) == len(SENDER_OUTAGES)
        assert life.watchman.dry > 0  # or it says nothing of whoever is
