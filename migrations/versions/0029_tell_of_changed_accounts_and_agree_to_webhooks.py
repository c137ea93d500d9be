"""Tell of changed accounts, and have a second person agree to a webhook.

One new table, which the previous version of the program never looks at, and a column: what is
in use stays so, and what the previous version adds waits for a second person.
"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

TABLE = "account_notice"
CHANGES = (
    "'password', 'password_by_link', 'authenticator_added', 'authenticator_removed', 'passkey_added',"
    " 'passkey_removed', 'recovery_codes', 'factors_reset', 'email', 'phone',"
    " 'hospital_bound', 'hospital_released'"
)
CHECKS = {
    "account_change_is_known": f"change IN ({CHANGES})",
    "tries_not_negative": "tries >= 0",
    "what_is_sent_is_tried_no_more": "sent_at IS NULL OR next_try_at IS NULL",
}


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("change", sa.String(length=40), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        *(
            sa.CheckConstraint(rule, name=op.f(f"ck_{TABLE}_{name}"))
            for name, rule in CHECKS.items()
        ),
        *(
            sa.ForeignKeyConstraint([name], ["staff.id"], name=op.f(f"fk_{TABLE}_{name}_staff"))
            for name in ("staff_id", "by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{TABLE}")),
    )
    for name in ("staff_id", "next_try_at"):
        op.create_index(op.f(f"ix_{TABLE}_{name}"), TABLE, [name])
    op.add_column("webhook", sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE webhook SET agreed_at = made_at")


def downgrade() -> None:
    """What was not sent yet is told to nobody; a webhook that waits is told from then on."""
    op.drop_column("webhook", "agreed_at")
    op.drop_table(TABLE)
