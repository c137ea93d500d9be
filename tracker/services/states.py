"""How a message comes from one state to the next: by the one table in `domain/message`."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.message import MessageState, check_move, may_come_from
from tracker.models import Attempt, Message
from tracker.models import message as table

# As tables: what is asked for every message is put together once, without the mapper.
MESSAGE: sa.Table = Message.__table__  # type: ignore[assignment]
ATTEMPT: sa.Table = Attempt.__table__  # type: ignore[assignment]

UNSENT = sa.text(f"message.{table.UNSENT}")
PLANNED = sa.text(f"message.{table.PLANNED}")
CLAIMED = sa.text(f"message.{table.CLAIMED}")


def among(column: Any, name: str, database: str) -> sa.ColumnElement[bool]:
    """Whether it is one of the list of numbers given as `name`: always one and the same text.

    A list of parameters would be put together, and thought through, anew for each length of it.
    """
    is_among: sa.ColumnElement[bool]
    if database == "sqlite":
        given = sa.func.json_each(sa.bindparam(name, type_=sa.JSON())).table_valued("value")
        is_among = column.in_(sa.select(given.c.value))
    else:
        is_among = column == sa.any_(sa.bindparam(name, type_=sa.ARRAY(sa.Integer())))
    return is_among


def move(message: Message, to: MessageState, why: str | None = None) -> None:
    """Put a loaded message into the state `to`, and let go of it. Raises ForbiddenMove.

    `why` is kept beside it where it is given.
    """
    check_move(message.state, to)
    message.state = to
    message.claimed_by = message.lease_until = None
    if why is not None:
        message.state_reason = why[:300]


def move_all(
    session: Session,
    to: MessageState,
    *which: sa.ColumnElement[bool] | sa.TextClause,
    **facts: Any,
) -> int:
    """Put those messages that may go there into the state `to`; how many there were."""
    done = session.execute(
        sa.update(Message)
        .where(*which, Message.state.in_(may_come_from(to)))
        .values(state=to, **facts)
        .execution_options(synchronize_session=False)
    )
    return int(done.rowcount)  # type: ignore[attr-defined]
