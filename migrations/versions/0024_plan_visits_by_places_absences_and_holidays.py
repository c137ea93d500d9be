"""Plan visits by places, absences and holidays.

How many visits a day holds, when patients are away, which public holidays a clinic works
through; who is seen at home, and why a visit was booked on a day that was full.
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

ADDED = {
    "clinic": {
        "home_weekdays": sa.String(length=7),
        "holiday_country": sa.String(length=8),
        "holiday_subdivision": sa.String(length=16),
    },
    "patient": {"is_seen_at_home": sa.Boolean(), "best_weekdays": sa.String(length=7)},
    "appointment": {"is_home": sa.Boolean(), "full_reason": sa.String(length=300)},
}


def _whole(name: str, *, is_optional: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=is_optional)


def _refers(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{other}")
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=name)


def _check(table: str, name: str, rule: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}"))


def _moment(name: str, *, is_optional: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=is_optional)


def _make_capacity() -> None:
    op.create_table(
        "capacity",
        _whole("id"),
        _whole("clinic_id"),
        _whole("weekday", is_optional=True),
        sa.Column("on_day", sa.Date(), nullable=True),
        _whole("visits", is_optional=True),
        sa.Column("reason", sa.String(length=300), nullable=False),
        _moment("set_at"),
        _whole("set_by_id"),
        _check(
            "capacity",
            "is_of_a_weekday_or_a_day",
            "(weekday IS NULL) <> (on_day IS NULL)",
        ),
        _check("capacity", "weekday_is_one_of_seven", "weekday >= 0 AND weekday <= 6"),
        _check("capacity", "visits_not_negative", "visits >= 0"),
        _refers("capacity", "clinic_id", "clinic"),
        _refers("capacity", "set_by_id", "staff"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_capacity")),
    )
    op.create_index(op.f("ix_capacity_clinic_id"), "capacity", ["clinic_id"])


def _make_away() -> None:
    op.create_table(
        "away",
        _whole("id"),
        _whole("patient_id"),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        _moment("recorded_at"),
        _whole("recorded_by_id"),
        _moment("withdrawn_at", is_optional=True),
        _whole("withdrawn_by_id", is_optional=True),
        _check("away", "ends_after_it_begins", "last_on >= first_on"),
        _check(
            "away",
            "withdrawn_by_somebody",
            "(withdrawn_at IS NULL) = (withdrawn_by_id IS NULL)",
        ),
        _refers("away", "patient_id", "patient"),
        _refers("away", "recorded_by_id", "staff"),
        _refers("away", "withdrawn_by_id", "staff"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_away")),
    )
    op.create_index("ix_away_patient", "away", ["patient_id", "last_on"])


def _make_worked_holidays() -> None:
    op.create_table(
        "worked_holiday",
        _whole("id"),
        _whole("clinic_id"),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        _moment("recorded_at"),
        _whole("recorded_by_id"),
        _check("worked_holiday", "has_a_reason", "reason <> ''"),
        _refers("worked_holiday", "clinic_id", "clinic"),
        _refers("worked_holiday", "recorded_by_id", "staff"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_worked_holiday")),
        sa.UniqueConstraint(
            "clinic_id", "on_day", name=op.f("uq_worked_holiday_clinic_id_on_day")
        ),
    )


def upgrade() -> None:
    for table, columns in ADDED.items():
        with op.batch_alter_table(table) as batch:
            for name, kind in columns.items():
                empty = sa.false() if isinstance(kind, sa.Boolean) else ""
                batch.add_column(sa.Column(name, kind, nullable=False, server_default=empty))
            if table == "patient":
                batch.add_column(_whole("travel_minutes", is_optional=True))
                batch.create_check_constraint(
                    op.f("ck_patient_travel_not_negative"), "travel_minutes >= 0"
                )
        with op.batch_alter_table(table) as batch:
            for name in columns:
                batch.alter_column(name, server_default=None)
    _make_capacity()
    _make_away()
    _make_worked_holidays()


def downgrade() -> None:
    """What was recorded of places, absences and holidays is let go of with its tables."""
    for table in ("worked_holiday", "away", "capacity"):
        op.drop_table(table)
    for table, columns in ADDED.items():
        with op.batch_alter_table(table) as batch:
            if table == "patient":
                batch.drop_constraint(op.f("ck_patient_travel_not_negative"), type_="check")
                batch.drop_column("travel_minutes")
            for name in columns:
                batch.drop_column(name)
