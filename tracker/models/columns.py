"""Columns that many tables share: enumerated words, and the bookkeeping of a record."""

import re
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from tracker.db import UTCDateTime


def _name(kind: type[StrEnum]) -> str:
    """What the check is called: `mode_is_known`, after ck_ and the table."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", kind.__name__).lower() + "_is_known"


def words(kind: type[StrEnum], column: str = "") -> sa.Enum:
    """A text column that holds the values of `kind` and nothing else.

    `column` names the check where a table has two columns of one kind.
    """
    return sa.Enum(
        kind,
        native_enum=False,
        create_constraint=True,
        name=f"{column}_is_known" if column else _name(kind),
        length=40,
        values_callable=lambda members: [member.value for member in members],
    )


def not_negative(*columns: str) -> list[sa.CheckConstraint]:
    """A check for each of these: not below zero; what isn't recorded is not zero."""
    return [sa.CheckConstraint(f"{one} >= 0", name=f"{one}_not_negative") for one in columns]


def replaces_another() -> list[sa.CheckConstraint]:
    """A void strikes something out, and no row replaces itself."""
    return [
        sa.CheckConstraint(
            "NOT is_void OR replaces_id IS NOT NULL", name="a_void_names_its_row"
        ),
        sa.CheckConstraint("replaces_id <> id", name="replaces_another"),
    ]


class RecordColumns:
    """Who wrote a clinical row and when, and which row it replaces.

    Nothing clinical is overwritten. A correction is a new row that names the row it replaces;
    a void is such a row with `is_void`, its facts copied. A row can be replaced only once.
    """

    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)
    is_void: Mapped[bool] = mapped_column(default=False)
    reason: Mapped[str] = mapped_column(sa.Text, default="")

    @declared_attr
    def recorded_by_id(cls) -> Mapped[int]:  # noqa: N805 - SQLAlchemy calls it on the class
        return mapped_column(sa.ForeignKey("staff.id"))

    @declared_attr
    def replaces_id(cls) -> Mapped[int | None]:  # noqa: N805
        return mapped_column(sa.ForeignKey(f"{cls.__tablename__}.id"), unique=True)  # type: ignore[attr-defined]
