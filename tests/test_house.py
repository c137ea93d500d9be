"""The walls of the house: who imports whom, who reads the clock, which names are refused."""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from config import SETTINGS

ROOT = Path(__file__).parent.parent
TRACKER = ROOT / "tracker"
LONGEST_FILE = 300
LONGER_BECAUSE: dict[str, str] = {}  # a module, and why it is one
FORBIDDEN_NAMES = {
    "utils", "helpers", "common", "manager", "handler", "data",
    "info", "process", "misc", "base",
}  # fmt: skip

GROUND = {"domain", "clock", "db", "sealing", "logs", "outward"}
MEMORY = GROUND | {"models"}
ACTS = MEMORY | {"services", "interop", "notify", "openid", "solver"}
# The table of the design: what each room may import of ours, besides itself.
MAY_IMPORT = {
    "domain": set(),
    "clock": set(),
    "db": {"sealing"},
    "sealing": set(),
    "logs": set(),
    "outward": set(),
    "models": {"db", "domain", "sealing"},
    "notify": {"domain", "outward"},
    "solver": {"domain"},
    "services": {"models", "domain", "sealing", "solver"},
    "interop": {"models", "domain"},
    "schema": {"domain"},  # the version of the database, in which it reads no row
    "openid": {"domain", "outward"},
    "web": {"services", "interop", "models", "domain", "clock", "sealing", "openid"},
    "api": {"services", "interop", "models", "domain", "clock"},
    "backups": {"db", "schema", "domain", "models", "services", "interop"},
    "jobs": ACTS | {"clock", "db", "logs", "outward", "backups"},
    "rehearsal": {"jobs", "services", "models", "domain", "db"},
    "demo": {"services", "models", "domain"},
    "serve": {"domain"},
    "watchdog": {"clock"},  # it watches the rest, so it needs none of it
    "commands": ACTS | {"backups", "schema", "jobs", "rehearsal", "demo", "serve", "watchdog"},
    "cli": ACTS | {"schema", "jobs", "rehearsal", "demo", "serve", "commands"},
    # the roof hands the renderer to the pages that show what would be said; none can send
    # and hangs the trail on the sessions, before anybody has one
    "app": {
        *("web", "api", "cli", "db", "schema", "domain", "jobs", "rehearsal", "notify"),
        *("services", "sealing"),
    },
}
STANDARD_ONLY = {"domain", "clock"}
CLOCKS = {"now", "utcnow", "today"}
NEVER = {
    "models": {"flask"},
    "services": {"flask", "jinja2", "smtplib", "apscheduler"},
    "notify": {"flask", "sqlalchemy"},
    "interop": {"flask"},
    "jobs": {"flask"},
    "openid": {"flask", "sqlalchemy"},
    "backups": {"flask"},
    "rehearsal": {"flask"},
    "demo": {"flask"},
}


def modules() -> list[Path]:
    return sorted(TRACKER.rglob("*.py"))


def dotted(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def room_of(name: str) -> str:
    """`tracker.web.refills` is in `web`; `tracker.jobs.tick` in `jobs`."""
    return name.split(".")[1]


def imports_of(path: Path) -> Iterator[str]:
    """Every module that a file imports, also inside a function."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            assert node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def known(name: str, names: set[str]) -> str | None:
    """The module of ours that `name` is or is a part of."""
    while name and name not in names:
        name = name.rpartition(".")[0]
    return name or None


def plan() -> dict[str, set[str]]:
    """Which of our modules each of our modules imports."""
    names = {dotted(path) for path in modules()}
    found = {}
    for path in modules():
        targets = (known(name, names) for name in imports_of(path))
        found[dotted(path)] = {target for target in targets if target} - {dotted(path)}
    return found


def test_the_rooms_import_only_what_lies_below_them():
    wrong = [
        f"{source} imports {target}"
        for source, targets in plan().items()
        for target in targets
        if source != "tracker" and target != "tracker"
        if room_of(source) != room_of(target)
        if room_of(target) not in MAY_IMPORT[room_of(source)]
    ]

    assert wrong == []


def test_every_room_is_in_the_table():
    rooms = {room_of(dotted(path)) for path in modules() if dotted(path) != "tracker"}

    assert rooms - set(MAY_IMPORT) == set()


def test_there_is_no_circle():
    graph, done = plan(), set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, " -> ".join((*trail[trail.index(name) :], name))
        if name not in done:
            for target in graph[name]:
                # a package's own __init__ lists its modules; they don't look back into it
                visit(target, (*trail, name))
            done.add(name)

    for name in graph:
        visit(name, ())


def test_the_ground_floor_stands_on_the_standard_library_alone():
    wrong = [
        f"{dotted(path)} imports {name}"
        for path in modules()
        if dotted(path) != "tracker" and room_of(dotted(path)) in STANDARD_ONLY
        for name in imports_of(path)
        if name.split(".")[0] not in sys.stdlib_module_names and not name.startswith("tracker.")
    ]

    assert wrong == []


def test_no_room_uses_a_library_of_another():
    wrong = [
        f"{dotted(path)} imports {name}"
        for path in modules()
        if dotted(path) != "tracker"
        for name in imports_of(path)
        if name.split(".")[0] in NEVER.get(room_of(dotted(path)), set())
    ]

    assert wrong == []


def test_the_package_itself_holds_no_code():
    assert (TRACKER / "__init__.py").read_text() == ""


def test_the_settings_import_nothing_of_ours():
    for file in ("config.py", "settings_checks.py"):
        assert [name for name in imports_of(ROOT / file) if name.startswith("tracker")] == []


def test_the_settings_are_asked_for_in_one_place():
    wrong = [
        str(path.relative_to(ROOT))
        for path in (*modules(), ROOT / "wsgi.py", *(ROOT / "bench").rglob("*.py"))
        if any(name.startswith("settings_checks") for name in imports_of(path))
    ]

    assert wrong == []


def test_only_the_clock_reads_the_clock():
    wrong = []
    for path in modules():
        if path == TRACKER / "clock.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                owner, name = ast.unparse(node.func.value), node.func.attr
                is_date = owner.split(".")[-1] in {"datetime", "date"} and name in CLOCKS
                is_database = owner in {"func", "sa.func"} and name in {
                    "now",
                    "current_timestamp",
                }
                if is_date or is_database or (owner == "time" and name in {"time", "time_ns"}):
                    wrong.append(f"{dotted(path)}:{node.lineno} {ast.unparse(node)}")

    assert wrong == []


def test_no_day_is_compared_with_today_for_equality():
    """A job that missed that day would never do its work."""
    wrong = [
        f"{dotted(path)}:{node.lineno}"
        for path in modules()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Compare)
        if any(isinstance(op, ast.Eq) for op in node.ops)
        if any("today" in ast.unparse(side) for side in (node.left, *node.comparators))
    ]

    assert wrong == []


def test_the_domain_knows_no_float():
    wrong = []
    for path in (TRACKER / "domain").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            is_literal = isinstance(node, ast.Constant) and isinstance(node.value, float)
            is_name = isinstance(node, ast.Name) and node.id == "float"
            is_root = isinstance(node, ast.Attribute) and ast.unparse(node) in {
                "math.sqrt", "math.log", "math.exp", "statistics.stdev",
            }  # fmt: skip
            if is_literal or is_name or is_root:
                wrong.append(f"{dotted(path)}:{node.lineno} {ast.unparse(node)}")

    assert wrong == []


def test_now_is_handed_in_by_name_and_without_default():
    wrong = []
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.FunctionDef):
                continue
            positional = [one.arg for one in (*node.args.posonlyargs, *node.args.args)]
            if "now" in positional and room_of(dotted(path)) in {"domain", "services"}:
                is_private = node.name.startswith("_")
                wrong += [] if is_private else [f"{dotted(path)}:{node.lineno} {node.name}"]
            for one, default in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True):
                if one.arg == "now" and default is not None:
                    wrong.append(f"{dotted(path)}:{node.lineno} {node.name} has a default")

    assert wrong == []


def test_a_service_never_commits():
    wrong = [
        f"{dotted(path)}:{node.lineno}"
        for path in (TRACKER / "services").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "session.commit"
    ]

    assert wrong == []


def test_no_file_is_too_long_to_read():
    too_long = {
        dotted(path): length
        for path in modules()
        if dotted(path) not in LONGER_BECAUSE
        and (length := len(path.read_text(encoding="utf-8").splitlines())) > LONGEST_FILE
    }

    assert too_long == {}


def test_no_file_has_a_name_that_says_nothing():
    assert [dotted(path) for path in modules() if path.stem in FORBIDDEN_NAMES] == []


def test_a_migration_imports_nothing_of_ours_and_is_a_numbered_sentence():
    for path in (ROOT / "migrations" / "versions").glob("*.py"):
        assert re.fullmatch(r"\d{4}(_[a-z0-9]+){3,}\.py", path.name), path.name
        assert not [name for name in imports_of(path) if name.startswith("tracker")], path.name


@pytest.mark.parametrize("name", [setting.name for setting in SETTINGS])
def test_every_setting_is_in_the_manual(name):
    assert f"`{name}`" in (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")


def test_every_command_is_in_the_manual(app):
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    ours = set(app.cli.commands) - {"run", "shell", "routes"}

    assert [name for name in sorted(ours) if f"`flask {name}" not in text] == []


def test_every_target_of_make_has_its_help():
    targets = re.findall(r"^([a-z]+):(.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)

    assert [name for name, rest in targets if "## " not in rest] == []


def test_no_registry_or_mirror_is_written_into_the_house():
    wrong = [
        str(path.relative_to(ROOT))
        for path in (
            *ROOT.glob("requirements*"),
            ROOT / "Makefile",
            *(ROOT / "scripts").iterdir(),
        )
        if re.search(r"https?://(?!127\.0\.0\.1:)|--index-url|--find-links", path.read_text())
        and "--no-emit-find-links" not in path.read_text()
    ]

    assert wrong == []
