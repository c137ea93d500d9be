"""The board's first page with a hundred and with a hundred thousand pumps."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from flask import Flask, render_template_string
from flask.testing import FlaskClient

from bench.seed import PASSWORD
from bench.timing import median_ms, report
from tracker.db import reading
from tracker.models import Patient, Pump, Staff, Watch

BARE = """<!doctype html><title>bare</title><table>
{% for row in rows %}<tr>{% for cell in row %}<td>{{ cell }}</td>{% endfor %}</tr>
{% endfor %}</table>"""


def add_bare_page(app: Flask) -> None:
    """Give the application a page that does no more than read and print."""
    app.add_url_rule("/bare", view_func=lambda: _bare_page(app))


def signed_in(app: Flask) -> FlaskClient:
    """A browser's stand-in, signed in as the benchmark's nurse."""
    client = app.test_client()
    form = {"email": "nurse@bench.example", "password": PASSWORD}
    answer = client.post("/sign-in", data=form)
    assert answer.status_code == 302, answer.status
    return client


def bench_board(app: Flask, database: str, pumps: int) -> tuple[float, float]:
    """The median times in ms of the page and of the bare one."""
    client = signed_in(app)
    engine = app.extensions["tracker"].engine
    with statements(engine) as said:
        page = client.get("/")
    assert page.status_code == 200
    took = median_ms(lambda: client.get("/"))
    bare = median_ms(lambda: client.get("/bare"))
    report(
        "board, first page of 30 rows",
        database=database,
        pumps=pumps,
        ms=took,
        bare_page_ms=bare,
        ratio_to_bare=took / bare,
        bound_ratio=2.5,
        queries=len(said),
        bound_queries=4,  # who asks, the counts, the rows, the views that are kept
        bytes=len(page.data),
        scans=scans(engine, said),
    )
    _bench_narrowed(app, client, database, pumps)
    return took, bare


def _bench_narrowed(app: Flask, client: FlaskClient, database: str, pumps: int) -> None:
    """One's own list with what it hides: it may count no further than it says."""
    engine, path = app.extensions["tracker"].engine, "/?owner=me&risk=high"
    with statements(engine) as said:
        page = client.get(path)
    assert page.status_code == 200
    report(
        "board, my list of one risk with the late rows that it hides",
        database=database,
        pumps=pumps,
        ms=median_ms(lambda: client.get(path)),
        queries=len(said),
        bound_queries=6,
        bytes=len(page.data),
        scans=scans(engine, said),
    )


def _bare_page(app: Flask) -> str:
    """The same rows through SQLAlchemy into a plain table."""
    columns = (
        Watch.id,
        Watch.kind,
        Watch.danger_at,
        Watch.level,
        Watch.drugs,
        Watch.risk_class,
        Watch.next_action,
        Watch.next_action_at,
        Pump.serial,
        Patient.family_name,
        Patient.given_name,
        Patient.mrn,
        Staff.name,
    )
    rows = (
        sa.select(*columns)
        .join(Pump, Pump.id == Watch.pump_id)
        .join(Patient, Patient.id == Pump.patient_id)
        .join(Staff, Staff.id == Watch.owner_id)
        .where(Watch.clinic_id == 1, Watch.closed_at.is_(None), Watch.danger_at.is_not(None))
        .order_by(Watch.danger_at, Watch.id)
        .limit(30)
    )
    with reading(app.extensions["tracker"].sessions) as session:
        return render_template_string(BARE, rows=session.execute(rows).all())


@contextmanager
def statements(engine: sa.Engine) -> Iterator[list[tuple[str, Any]]]:
    """Every statement that is sent meanwhile, with its parameters."""
    said: list[tuple[str, Any]] = []

    def keep(
        _c: Any, _cursor: Any, statement: str, parameters: Any, _ctx: Any, _many: Any
    ) -> None:
        is_trail = "trail_" in statement or "advisory" in statement  # timed by trailing.py
        is_work = statement.lstrip().upper().startswith(("SELECT", "INSERT", "UPDATE", "WITH"))
        if is_work and not is_trail:
            said.append((statement, parameters))

    sa.event.listen(engine, "before_cursor_execute", keep)
    try:
        yield said
    finally:
        sa.event.remove(engine, "before_cursor_execute", keep)


def scans(engine: sa.Engine, said: list[tuple[str, Any]]) -> list[str]:
    """The large tables that any of these statements reads from end to end."""
    found: list[str] = []
    with engine.connect() as connection:
        for statement, parameters in said:
            prefix = "EXPLAIN QUERY PLAN " if _is_sqlite(engine) else "EXPLAIN "
            plan = connection.exec_driver_sql(prefix + statement, parameters)
            lines = [" ".join(str(cell) for cell in row) for row in plan]
            found += [line.strip() for line in lines if _is_scan(line)]
    return found


def _is_sqlite(engine: sa.Engine) -> bool:
    return engine.dialect.name == "sqlite"


def _is_scan(line: str) -> bool:
    large = ("watch", "pump", "patient", "message", "refill", "programme")
    if "Seq Scan on" in line:
        return line.split("Seq Scan on ")[1].split()[0] in large
    words = line.split()
    if "SCAN" not in words or "USING" in words:
        return False
    return words[words.index("SCAN") + 1] in large
