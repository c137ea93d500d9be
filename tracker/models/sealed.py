"""A column that the database holds unreadable, and the mark by which a row of it is found.

The keys are those of the engine, so a copy of the database without them tells no number.
"""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import Session
from sqlalchemy.sql.operators import OperatorType, is_, is_not

from tracker.sealing import KeyRing, Unsealable

PREFIX = "sealed:"  # no number or address begins so
# Shown, and no address that anything could be sent to: one lost key must not stop the others.
UNREADABLE = "(sealed with a key that is missing)"


class Sealed(sa.types.TypeDecorator[str]):
    """Text that is sealed on its way in; what was written without keys is read too."""

    impl = sa.Text
    cache_ok = True
    is_sealed = True  # so that the trail leaves it out

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        ring = ring_of(dialect)
        return value if value is None or ring is None else PREFIX + ring.seal(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        if value is None or not value.startswith(PREFIX):
            return value
        ring = ring_of(dialect)
        if ring is None:
            return UNREADABLE
        try:
            return ring.unseal(value.removeprefix(PREFIX))
        except Unsealable:
            return UNREADABLE

    class comparator_factory(sa.types.TypeDecorator.Comparator[str]):  # noqa: N801
        def operate(self, op: OperatorType, *other: Any, **options: Any) -> Any:
            """Twice the same text is sealed differently: a comparison would find nothing."""
            if op not in (is_, is_not):
                raise TypeError("sealed text can't be compared: find it by its mark")
            return super().operate(op, *other, **options)


def ring_of(dialect: Dialect) -> KeyRing | None:
    """The keys of this engine; None if it was made without."""
    ring: KeyRing | None = getattr(dialect, "ring", None)
    return ring


def is_at(
    session: Session,
    column: Any,
    mark: Any,
    address: str,
) -> sa.ColumnElement[bool]:
    """Whether `column` holds this address: by its mark, or as it was written before."""
    ring = ring_of(session.get_bind().dialect)
    plain = sa.type_coerce(column, sa.Text) == address
    return plain if ring is None else sa.or_(mark.in_(ring.marks(address)), plain)
