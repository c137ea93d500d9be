"""Keep whether the programmer stated a bridge bolus, and on which day a pump ended."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "bolus", sa.Column("is_stated", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.add_column("pump", sa.Column("ended_on", sa.Date(), nullable=True))
    # Where both are the same to a millionth of a minute, ours was most likely taken for it.
    op.execute(
        "UPDATE bolus SET is_stated = true WHERE kind = 'bridge' AND NOT"
        " (COALESCE(reckoned_volume_ml, -1) = volume_ml"
        " AND COALESCE(reckoned_minutes, -1) = duration_minutes)"
    )


def downgrade() -> None:
    op.drop_column("pump", "ended_on")
    op.drop_column("bolus", "is_stated")
