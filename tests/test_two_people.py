"""Every setting says what it can do at worst, and what is dangerous is decided by two."""

import ast
import re

from config import ROOT
from tracker.models import Clinic
from tracker.services.proposed import KINDS
from tracker.web.rights import LEADERS, RIGHTS

PAGE = ROOT / "docs" / "decisions" / "0037-what-each-setting-can-do.md"
DANGERS = {"move dates", "stop messages", "send data out"}
# What writes a column that two decide: the act of each kind of proposal, and what opens a
# clinic or lets somebody leave, who hands over the last resort by name.
WRITERS = {"proposed.py", "reviews.py", "order_rules.py", "leaving.py", "clinics.py"}


def rows():
    """Setting by setting: what it can do, and who decides it."""
    found = {}
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        cells = [one.strip() for one in line.strip("|").split("|")]
        if line.startswith("| `"):
            for name in re.findall(r"`([^`]+)`", cells[0]):
                assert name not in found, f"{name} stands there twice"
                found[name] = (cells[1], cells[2])
    return found


def settings(app):
    """What there is: columns of a clinic, and what only leaders post to."""
    posted = {
        rule.endpoint for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ())
    }
    led = {page for right in RIGHTS if right.roles <= LEADERS for page in right.pages}
    made = {page for page in led & posted if page.rpartition(".")[2] != "check"}
    columns = {f"clinic.{one.key}" for one in Clinic.__table__.columns}
    return made | columns | {"tokens.create", "tokens.revoke"}


def test_each_setting_has_a_row_and_each_row_a_setting(app):
    assert rows().keys() == settings(app) - {"clinic.update"}  # whose columns stand there


def test_what_moves_dates_stops_messages_or_sends_data_out_is_decided_by_two_or_says_why():
    decided = [by for _, by in rows().values()]

    for name, (can, by) in rows().items():
        assert can in DANGERS or can == "neither", name
        who, _, what = by.partition(": ")
        assert (who == "two" and what in KINDS) or (who == "one" and what), name
        assert who == "one" or can in DANGERS, f"{name}: two decide it, and it can do nothing?"
    assert {by.partition(": ")[2] for by in decided if by.startswith("two")} == KINDS.keys()


def test_a_column_that_two_decide_is_written_only_by_what_they_agreed_to():
    guarded = {
        name.partition(".")[2].removesuffix("_id")
        for name, (_, by) in rows().items()
        if name.startswith("clinic.") and by.startswith("two")
    }
    written = {}
    for path in (ROOT / "tracker").rglob("*.py"):
        if "demo" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                name = node.attr.removesuffix("_id")
                if name in guarded:
                    written.setdefault(name, set()).add(path.name)

    assert written.keys() <= guarded
    assert {one for names in written.values() for one in names} <= WRITERS
