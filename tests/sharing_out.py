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
# Half of all tests, each over before it could be handed out alone.
BRIEF = ("tests/domain/", "tests/interop/", "tests/notify/", "tests/openid/")


class OneByOne(LoadScopeScheduling):  # type: ignore[misc]  # the library has no types
    """Whole files first where it must be so; else whoever is idle takes the next test."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::", 1)[0]
        return file if file in WHOLE or file.startswith(BRIEF) else nodeid


def longest_first(items: Iterable[pytest.Item]) -> list[pytest.Item]:
    """Those that may take longer than others, else in their order: no process ends alone."""

    def patience(item: pytest.Item) -> float:
        mark = item.get_closest_marker("timeout")
        return -float(mark.args[0]) if mark else 0

    return sorted(items, key=patience)
