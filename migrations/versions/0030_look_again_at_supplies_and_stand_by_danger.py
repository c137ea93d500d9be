"""Look again when a supply runs out, and let watches stand by danger.

New columns, which the previous version of the program neither reads nor writes. Where a drug
is here or a payer has said yes, the first tick works out until when that does. What is opened
meanwhile by that version stands among the clinical watches.
"""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

AT_ONCE = "'alarm', 'stopped'"
HOUSEKEEPING = (
    "'order', 'authorisation', 'review', 'access', 'transfer', 'list',"
    " 'day_report', 'week_report'"
)
# the alarms while which a pump may give no drug, as the catalogue has them now
MAY_GIVE_NOTHING = (
    "'alarm_heard_unverified', 'catheter_suspect', 'critical_tone_heard', 'empty_reservoir'"
    ", 'eos', 'memory_error_critical', 'motor_stall', 'stopped_pump_48h', 'telemetry_mode_stuck'"
)
OPEN = "closed_at IS NULL AND danger_at IS NOT NULL"
UNDATED = (
    "closed_at IS NULL AND danger_at IS NULL"
    " AND kind NOT IN ('refill', 'battery', 'day_report', 'week_report')"
)


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
    _rank()


def _rank() -> None:
    op.add_column(
        "watch", sa.Column("rank", sa.SmallInteger(), server_default="1", nullable=False)
    )
    op.execute(f"UPDATE watch SET rank = 0 WHERE kind IN ({AT_ONCE})")
    op.execute(f"UPDATE watch SET rank = 2 WHERE kind IN ({HOUSEKEEPING})")
    op.execute(
        "UPDATE watch SET rank = 0 WHERE alarm_id IN"
        f" (SELECT id FROM device_alarm WHERE code IN ({MAY_GIVE_NOTHING}))"
    )
    _index("ix_watch_danger", ["clinic_id", "rank", "danger_at", "id"], OPEN)
    op.drop_index("ix_watch_undated", "watch")
    _index("ix_watch_undated", ["clinic_id", "rank", "id"], UNDATED)


def _index(name: str, columns: list[str], where: str) -> None:
    only = sa.text(where)
    op.create_index(name, "watch", columns, sqlite_where=only, postgresql_where=only)


def downgrade() -> None:
    op.drop_index("ix_watch_undated", "watch")
    _index("ix_watch_undated", ["clinic_id", "id"], UNDATED)
    op.drop_index("ix_watch_danger", "watch")
    op.drop_column("watch", "rank")
    op.drop_index(op.f("ix_pump_supply_ends_at"), "pump")
    op.drop_column("pump", "supply_ends_at")
