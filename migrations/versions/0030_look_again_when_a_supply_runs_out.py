"""Look again when a supply runs out.

A new column, which the previous version of the program neither reads nor writes. Where a drug
is here or a payer has said yes, the first tick works out until when that does.
"""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "pump", sa.Column("supply_ends_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.create_index(op.f("ix_pump_supply_ends_at"), "pump", ["supply_ends_at"])
    op.execute(
        "UPDATE pump SET supply_ends_at = recorded_at WHERE ended_at IS NULL AND ("
        "EXISTS (SELECT 1 FROM drug_order WHERE pump_id = pump.id AND state = 'arrived') OR "
        "EXISTS (SELECT 1 FROM authorisation WHERE pump_id = pump.id AND step = 'granted'))"
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_pump_supply_ends_at"), "pump")
    op.drop_column("pump", "supply_ends_at")
