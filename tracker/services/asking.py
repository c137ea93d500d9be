"""Questions put together once, asked past the mapper where rows are all they want."""

from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlalchemy.sql import visitors

Asked = TypeVar("Asked", bound=sa.Select[*tuple[Any, ...]])


def rows_from(session: Session) -> sa.Connection:
    """Of whom to ask; what the session holds is written before, as for a question of its own.

    With a statement that is kept it is answered in a tenth of the time, for to put the words
    together and to find them again among those known takes longer than SQLite's answer.
    """
    if session.autoflush:
        session.flush()
    return session.connection()


def spelt_out(asked: Asked) -> Asked:
    """The same with its own values written out; only what is given when it is asked is bound.

    SQLite thinks a statement through anew each time a value is bound on which the use of an
    index may depend: a state, a kind, a pattern. A long one takes a third of a millisecond.
    """

    def spell(value: sa.BindParameter[Any]) -> None:
        value.literal_execute = not value.required

    return visitors.cloned_traverse(asked, {}, {"bindparam": spell})
