"""No test falls between the databases: each is tried on both, and by `make bench` each case."""

from collections.abc import Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest

from tests.both import database_of, in_turns


@dataclass(eq=False, slots=True)
class Case:
    """What is asked of a test that was collected."""

    nodeid: str
    callspec: SimpleNamespace
    mark: str
    on: str

    def get_closest_marker(self, name: str) -> SimpleNamespace | None:
        return SimpleNamespace(args=(self.on,)) if name == self.mark else None


def cases_of(name: str, *others: str, mark: str = "", on: str = "") -> Iterator[Any]:
    """A test's cases as they are collected, the databases within each other case."""
    for other in others or ("",):
        for database in ("sqlite", "postgresql"):
            given = SimpleNamespace(params={"database_url": database, "other": other})
            yield Case(f"{name}[{database}-{other}]", given, mark, on)


def tried(items: list[Any]) -> list[tuple[str, str]]:
    return [(one.callspec.params["other"], database_of(one)) for one in items]


def test_a_test_of_one_case_is_tried_on_both():
    items = list(cases_of("one"))

    assert in_turns(items) == (items, [])


def test_of_several_cases_each_is_tried_once_and_the_test_on_both():
    now, later = in_turns(cases_of("one", "a", "b", "c"))

    assert tried(now) == [("a", "sqlite"), ("b", "postgresql"), ("c", "sqlite")]
    assert tried(later) == [("a", "postgresql"), ("b", "sqlite"), ("c", "postgresql")]


def test_where_the_database_is_what_is_tested_each_case_is_tried_on_both():
    items = list(cases_of("one", "a", "b", mark="both_databases"))

    assert in_turns(items) == (items, [])


@pytest.mark.parametrize("name", ["sqlite", "postgresql"])
def test_one_that_says_on_which_goes_there_alone(name):
    now, later = in_turns(cases_of("one", "a", "b", mark="one_database", on=name))

    assert {database for _, database in tried(now)} == {name}
    assert len(now) == len(later) == 2


def test_a_case_that_is_asked_for_alone_is_tried_where_it_is_asked_for():
    only = [one for one in cases_of("one", "a", "b") if database_of(one) == "postgresql"]

    assert in_turns(only) == (only, [])


def test_a_test_without_a_database_is_never_left_out(request):
    assert in_turns([request.node]) == ([request.node], [])
