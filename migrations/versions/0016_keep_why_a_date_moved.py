"""Keep why a date moved, and what a bridge bolus was reckoned to be beside what was set.

A new table, and columns that may be empty, so the previous version of the program goes on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

COLUMNS = {
    "bolus": {"reckoned_volume_ml": sa.BigInteger, "reckoned_minutes": sa.BigInteger},
    "reading": {"is_programme_changed": sa.Boolean},
}


def upgrade() -> None:
    op.create_table(
        "date_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pump_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("was_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("was_rule", sa.String(length=40), nullable=True),
        sa.Column("is_rule", sa.String(length=40), nullable=True),
        sa.Column("because", sa.String(length=300), nullable=False),
        sa.Column("evidence_kind", sa.String(length=40), nullable=False),
        sa.Column("evidence_id", sa.Integer(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("because <> ''", name=op.f("ck_date_change_says_why")),
        sa.CheckConstraint(
            "kind IN ('refill', 'battery')", name=op.f("ck_date_change_kind_has_a_date")
        ),
        sa.ForeignKeyConstraint(
            ["pump_id"], ["pump.id"], name=op.f("fk_date_change_pump_id_pump")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_date_change")),
    )
    op.create_index(op.f("ix_date_change_pump_id"), "date_change", ["pump_id"])
    for table, columns in COLUMNS.items():
        for name, kind in columns.items():
            op.add_column(table, sa.Column(name, kind(), nullable=True))


def downgrade() -> None:
    """What was told of moved dates is let go of; the records that moved them stay."""
    for table, columns in COLUMNS.items():
        for name in columns:
            op.drop_column(table, name)
    op.drop_index(op.f("ix_date_change_pump_id"), "date_change")
    op.drop_table("date_change")
