"""A page finds a row by its number in one place, which asks whose it is too."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tracker import models
from tracker.db import Base

TRACKER = Path(models.__file__).parents[1]
# Where a row is found by a number all the same, and why nobody else's can be meant.
NUMBERED = {
    ("rehearsals", "Pump.id == int(typed)"): "asked with the clinic",
    ("accesses", "EmergencyAccess.id == access_id"): "asked with who opened it",
    ("unsubscribe", "g.session.get(Contact, contact_id, options=[people])"): "signed by us",
    ("second_step", "g.session.get(Staff, kept['staff'])"): "signed in the cookie",
    ("seen", "Staff.id == g.arrived.id"): "whoever just came in",
    ("signed_in", "Heartbeat.id == newest"): "belongs to no clinic",
    ("signed_in", "Restoration.id == first_restored"): "of the clinic that is asked with it",
}
NAMES = {one.class_.__name__ for one in Base.registry.mappers}


def is_of_a_row(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and ast.unparse(node.value) in NAMES


def by_number(source: str) -> Iterator[str]:
    """Where a row is found by a number that is no column of another."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Eq | ast.In):
            sides = (node.left, node.comparators[0])
            has_id = any(is_of_a_row(one) and ast.unparse(one)[-3:] == ".id" for one in sides)
            if has_id and not all(map(is_of_a_row, sides)):
                yield ast.unparse(node)
        if isinstance(node, ast.Call) and node.args:
            verb = ast.unparse(node.func).rpartition(".")[2]
            if verb in {"get", "get_one"} and ast.unparse(node.args[0]) in NAMES:
                yield ast.unparse(node)


def test_a_page_finds_a_row_by_its_number_in_one_place():
    found = {
        (path.stem, one)
        for room in ("web", "api")
        for path in (TRACKER / room).glob("*.py")
        if path.stem != "rows"
        for one in by_number(path.read_text(encoding="utf-8"))
    }

    assert found == set(NUMBERED), "use tracker/web/rows.py"


def test_that_is_seen_in_each_way_of_asking():
    for wrong in ("Pump.id == pump_id", "7 == Pump.id", "session.get_one(Pump, number)"):
        assert list(by_number(wrong)) == [wrong]
    for right in (
        "Pump.id == Watch.pump_id",
        "form.get(name)",
        "Pump.clinic_id == g.clinic.id",
    ):
        assert list(by_number(right)) == []
