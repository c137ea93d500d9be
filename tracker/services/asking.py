"""Questions put together once, asked past the mapper where rows are all they want."""

from typing import Any, TypeVar, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlalchemy.sql import visitors

Asked = TypeVar("Asked", bound=sa.ClauseElement)


def rows_from(session: Session) -> sa.Connection:
    """Of whom to ask; what the session holds is written before, as for a question of its own.

    With a statement that is kept it is answered in a tenth of the time, for to put the words
    together and to find them again among those known takes longer than SQLite's answer.
    """
    if session.autoflush:
        session.flush()
    return session.connection()


def spelt_out(asked: Asked) -> Asked:
    """The same with its own words and numbers written out; only what is given later is bound.

    SQLite thinks a statement through anew each time a value is bound on which the use of an
    index may depend: a state, a kind, a pattern. A long one takes a third of a millisecond.
    """
    return cast(Asked, visitors.replacement_traverse(asked, {}, _written))


def _written(element: Any, **_options: Any) -> sa.ColumnElement[Any] | None:
    """What stands in place of a bound value; None leaves it as it is."""
    if not isinstance(element, sa.BindParameter) or element.required:
        return None
    if isinstance(element.type, sa.types.NullType):  # what an update sets: no index asks for it
        return None
    values = element.value if element.expanding else [element.value]
    if not values or not all(map(_is_alike_everywhere, values)):
        return None
    processed = [sa.literal(one, element.type) for one in values]
    words = ", ".join(map(_in_sql, processed))
    return sa.literal_column(f"({words})" if element.expanding else words, element.type)


def _is_alike_everywhere(value: object) -> bool:
    """Whether each database writes it alike, as it does not a date or a truth value."""
    return isinstance(value, str | int) and not isinstance(value, bool)


def _in_sql(value: sa.ColumnElement[Any]) -> str:
    return str(value.compile(compile_kwargs={"literal_binds": True}))
