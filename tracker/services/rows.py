"""Rows that two may write at the same moment, and that are to be there once."""

from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session


def insert_new(session: Session, table: type[Any], *key: str) -> Any:
    """An INSERT that leaves alone a row whose unique `key` is there already."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    return insert(table.__table__).on_conflict_do_nothing(index_elements=list(key))
