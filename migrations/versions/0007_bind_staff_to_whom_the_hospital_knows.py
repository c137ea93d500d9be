"""Bind staff to whom the hospital knows.

A table alone: the previous version of the program goes on working.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "staff_subject",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("issuer", sa.String(length=255), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("bound_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name="fk_staff_subject_staff_id_staff"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_staff_subject"),
        sa.UniqueConstraint("issuer", "subject", name="uq_staff_subject_issuer_subject"),
        sa.UniqueConstraint("staff_id", "issuer", name="uq_staff_subject_staff_id_issuer"),
    )


def downgrade() -> None:
    op.drop_table("staff_subject")
