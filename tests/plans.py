"""How SQLite answers a question; it knows no statistics, and goes by what the question says."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine


def plans_of(engine: Engine, ask: Callable[[], object]) -> set[str]:
    """Each line of each plan; whoever asks leaves no transaction open."""
    asked: dict[str, Any] = {}

    def note(_connection: Any, _cursor: Any, statement: str, given: Any, *_rest: Any) -> None:
        if statement.startswith("SELECT"):
            asked[statement] = given

    sa.event.listen(engine, "before_cursor_execute", note)
    ask()
    sa.event.remove(engine, "before_cursor_execute", note)
    with engine.connect() as connection:
        return {
            str(row[3])
            for statement, given in asked.items()
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", given)
        }
