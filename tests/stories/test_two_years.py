"""A clinic lives two years; the seed is printed when a promise is broken.

Here a small clinic, in seconds; `make bench` lets a hundred pumps live, over many seeds.
"""

import pytest

from tests.stories.two_years import live


@pytest.mark.timeout(300)
def test_promise_persistent_nobody_runs_dry_unwarned_in_two_years(sessions, database_url):
    pumps, days = (12, 730) if database_url.startswith("sqlite") else (5, 200)
    seed = 1

    life = live(sessions, seed=seed, pumps=pumps, days=days)
    with sessions() as session:
        life.watchman.close(session)

    assert life.watchman.breaches == [], f"seed {seed}"
    assert life.refills >= pumps
