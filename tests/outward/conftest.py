"""A server on this machine that speaks HTTP or HTTPS, and an authority that vouches for it."""

import pytest

from tests.authority import an_authority


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    return an_authority(tmp_path_factory.mktemp("authority"))
