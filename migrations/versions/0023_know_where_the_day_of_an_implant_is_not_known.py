"""Know where the day of an implant is not known.

A clinic's sheet has no such day. Of every pump that is there it was asked for.
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "pump",
        sa.Column(
            "is_implant_day_known", sa.Boolean(), nullable=False, server_default=sa.true()
        ),
    )


def downgrade() -> None:
    op.drop_column("pump", "is_implant_day_known")
