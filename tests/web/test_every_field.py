"""Nothing, zero, the negative and the absurd, typed into each field that the pages read.

The fields are found in the pages' own code, and each is read here as its page reads it: one
that is new and stands in no row of the table fails. What a page's rules say of a value that
could be read is told by `tests/services/test_every_fact.py`.
"""

import ast
import importlib
import pkgutil
from collections.abc import Iterator
from typing import Any

from tests.web.fields_table import TABLE
from tests.web.test_forms import LONDON
from tracker import web
from tracker.domain.units import Quantity
from tracker.web.forms import Form

NUMBERS = {"number", "whole", "quantity", "volume"}
DAYS = {"day", "moment"}
TYPED = {
    "number": {"empty": "", "zero": "0", "negative": "-1", "absurd": "9" * 20, "odd": "NaN"},
    "day": {"empty": "", "early": "0001-01-01", "late": "9999-12-31", "odd": "03/04/2026"},
}


def readings() -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    """Each reading of a number or a day: page, field, reader, and the limits that it names."""
    for module in pkgutil.iter_modules(web.__path__):
        if module.name == "forms":
            continue
        page = importlib.import_module(f"tracker.web.{module.name}")
        with open(str(page.__file__), encoding="utf-8") as code:
            tree = ast.parse(code.read())
        for call in ast.walk(tree):
            if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
                continue
            reader, of = call.func.attr, call.func.value
            if reader in NUMBERS | DAYS and isinstance(of, ast.Name) and "form" in of.id:
                field = ast.unparse(call.args[0]).removeprefix("f").strip("'")
                yield module.name, field, reader, _limits(call, vars(page))


def _limits(call: ast.Call, known: dict[str, Any]) -> dict[str, Any]:
    """What the call names beside the field; a sentence that is made on the spot is one."""
    found: dict[str, Any] = {}
    for one in call.keywords:
        assert one.arg is not None
        try:
            found[one.arg] = eval(compile(ast.Expression(one.value), "", "eval"), known)
        except NameError:
            assert one.arg == "needed", (call.lineno, one.arg)
            if isinstance(one.value, ast.JoinedStr):  # it names something, and is never empty
                found[one.arg] = "It is needed."
    return found


def answer(reader: str, typed: str, limits: dict[str, Any], known: list[Any]) -> str:
    if reader == "moment":
        form = Form({"x_on": typed, "x_time": "10:00" if typed else ""})
    else:
        form = Form({"x": typed})
    value = getattr(form, reader)("x", *known, **limits)
    if form.errors:
        return "refused"
    return "nothing" if value is None else "taken"


def told() -> dict[str, list[str]]:
    """The fields by what they answer."""
    fields: dict[str, list[str]] = {}
    for page, field, reader, limits in readings():
        typed = TYPED["day" if reader in DAYS else "number"]
        known: list[Any] = [LONDON] if reader == "moment" else []
        if reader == "quantity":
            known = [Quantity.VOLUME]
            typed = {word: f"{text} mL" if text else "" for word, text in typed.items()}
        came = {word: answer(reader, text, limits, known) for word, text in typed.items()}
        said = ", ".join(f"{word} {what}" for word, what in came.items())
        fields.setdefault(said, []).append(f"{page}: {field}")
    return {said: sorted(names) for said, names in fields.items()}


def test_each_field_of_each_page_answers_as_the_table_says():
    assert told() == {said: sorted(names) for said, names in TABLE.items()}


def test_a_number_that_cannot_be_and_a_year_that_is_none_are_refused_in_every_field():
    for said in TABLE:
        assert not {"absurd taken", "odd taken", "early taken", "late taken"} & set(
            said.split(", ")
        )
        if "negative taken" in said:  # a clock of a pump may be behind
            assert all("clock" in name for name in TABLE[said])
