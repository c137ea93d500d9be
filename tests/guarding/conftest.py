"""A ward whose one watch is far off, so that all is well."""

from datetime import timedelta

import pytest

from tests.cast import a_ward, a_watched_pump

MINUTE = timedelta(minutes=1)


@pytest.fixture
def ward(session, now):
    ward = a_ward(session)
    a_watched_pump(session, ward, danger_at=now + timedelta(days=90))
    session.commit()
    return ward
