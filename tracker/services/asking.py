"""Questions put together once, asked past the mapper where rows are all they want."""

import sqlalchemy as sa
from sqlalchemy.orm import Session


def rows_from(session: Session) -> sa.Connection:
    """Of whom to ask; what the session holds is written before, as for a question of its own.

    With a statement that is kept it is answered in a tenth of the time, for to put the words
    together and to find them again among those known takes longer than SQLite's answer.
    """
    if session.autoflush:
        session.flush()
    return session.connection()
