"""Find the watches that spoke by a clock that was ahead.

An index alone: the previous version of the program goes on working.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

WHERE = sa.text("closed_at IS NULL")


def upgrade() -> None:
    op.create_index(
        "ix_watch_spoke", "watch", ["fired_at"], sqlite_where=WHERE, postgresql_where=WHERE
    )


def downgrade() -> None:
    op.drop_index("ix_watch_spoke", table_name="watch")
