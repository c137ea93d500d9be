"""A watch remembers up to which step a patient was perhaps told, after records were put back."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "watch",
        sa.Column("perhaps_told", sa.SmallInteger, nullable=False, server_default="0"),
    )


def downgrade() -> None:
    op.drop_column("watch", "perhaps_told")
