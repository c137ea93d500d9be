"""Find the watches that ended in a span of time.

An index alone: the previous version of the program goes on working.
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

WHERE = sa.text("closed_at IS NOT NULL")


def upgrade() -> None:
    op.create_index(
        "ix_watch_ended",
        "watch",
        ["clinic_id", "kind", "closed_at"],
        sqlite_where=WHERE,
        postgresql_where=WHERE,
    )


def downgrade() -> None:
    op.drop_index("ix_watch_ended", table_name="watch")
