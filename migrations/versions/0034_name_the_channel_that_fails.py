"""The alarm that most of what is sent fails names the way of sending.

One that is open is taken to be of e-mails, as most are: texts that fail raise one of their own.
"""

from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _rename("channel", "channel_email")


def downgrade() -> None:
    _rename("channel_email", "channel")


def _rename(old: str, new: str) -> None:
    length = len(f":system:{old}")
    op.execute(
        f"UPDATE watch SET open_key = substr(open_key, 1, length(open_key) - {length})"
        f" || ':system:{new}' WHERE open_key LIKE 'clinic:%:system:{old}'"
    )
