"""Keep what a pump's details were before a correction, and the level on the watch.

Both are added, so the previous version of the program goes on working. A watch gets its level
when its pump is next reprojected; until then it is not known.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "pump_revision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pump_id", sa.Integer(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["pump_id"], ["pump.id"], name=op.f("fk_pump_revision_pump_id_pump")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["staff.id"], name=op.f("fk_pump_revision_recorded_by_id_staff")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pump_revision")),
    )
    op.create_index(op.f("ix_pump_revision_pump_id"), "pump_revision", ["pump_id"])
    op.add_column("watch", sa.Column("levels", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("watch", "levels")
    op.drop_table("pump_revision")
