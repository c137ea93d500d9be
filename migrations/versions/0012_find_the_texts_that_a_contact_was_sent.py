"""Find the texts that a contact was sent.

An index alone: the previous version of the program goes on working.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

WHERE = sa.text("channel = 'sms' AND contact_id IS NOT NULL AND sent_at IS NOT NULL")


def upgrade() -> None:
    op.create_index(
        "ix_message_texts",
        "message",
        ["contact_id", "sent_at"],
        sqlite_where=WHERE,
        postgresql_where=WHERE,
    )


def downgrade() -> None:
    op.drop_index("ix_message_texts", table_name="message")
