"""Two years of a clinic of a hundred pumps; the seed is printed when a promise is broken."""

import pytest

from tests.stories.two_years import live


@pytest.mark.timeout(300)
def test_two_years(sessions, database_url):
    pumps, days = (100, 730) if database_url.startswith("sqlite") else (20, 365)
    seed = 1

    life = live(sessions, seed=seed, pumps=pumps, days=days)
    with sessions() as session:
        life.watchman.close(session)

    assert life.watchman.breaches == [], f"seed {seed}"
    assert life.refills > pumps
