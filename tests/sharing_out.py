"""How the tests are shared out to the processes that run them at once."""

from collections.abc import Iterable

import pytest
from xdist.scheduler import LoadScopeScheduling

# What these build takes longer than their tests: one process builds it, for all of the file.
WHOLE = {
    "tests/browser/test_hospital.py",
    "tests/browser/test_nurse.py",
    "tests/browser/test_sign_in.py",
    "tests/parts/test_kannel.py",
    "tests/parts/test_twilio.py",
    "tests/test_demo.py",
}
# Half of all tests, each over before it could be handed out alone; and those of the services,
# where each file begins with a scene that every process that took a part of it would build.
TOGETHER = (
    "tests/domain/",
    "tests/interop/",
    "tests/notify/",
    "tests/openid/",
    "tests/services/",
)


class OneByOne(LoadScopeScheduling):  # type: ignore[misc]  # the library has no types
    """Whole files first where it must be so; else whoever is idle takes the next test."""

    def _split_scope(self, nodeid: str) -> str:
        file = _file_of(nodeid)
        return file if _is_whole(file) else nodeid


def longest_first(items: Iterable[pytest.Item]) -> list[pytest.Item]:
    """Those that may take longer than others, then whole files: no process ends alone."""

    def patience(item: pytest.Item) -> tuple[float, bool]:
        mark = item.get_closest_marker("timeout")
        return -float(mark.args[0]) if mark else 0, not _is_whole(_file_of(item.nodeid))

    return sorted(items, key=patience)


def _file_of(nodeid: str) -> str:
    return nodeid.split("::", 1)[0]


def _is_whole(file: str) -> bool:
    return file in WHOLE or file.startswith(TOGETHER)
