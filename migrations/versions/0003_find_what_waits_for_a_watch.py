"""Find what waits to be sent about a watch.

An index alone: the previous version of the program goes on working.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

WHERE = sa.text("state IN ('planned', 'held')")


def upgrade() -> None:
    op.create_index(
        "ix_message_unsent",
        "message",
        ["watch_id"],
        sqlite_where=WHERE,
        postgresql_where=WHERE,
    )


def downgrade() -> None:
    op.drop_index("ix_message_unsent", table_name="message")
