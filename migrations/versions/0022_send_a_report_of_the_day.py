"""Send a report of the day and of the week.

When each clinic sends them and to whom, what each person wants, and two kinds of watch by which
they are sent; the previous version of the program never opens one, and sends no report.
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

OLD_KINDS = (
    "'refill', 'battery', 'no_data', 'stopped', 'mismatch', 'discrepancy',"
    " 'undeliverable', 'visit', 'reply', 'list', 'access', 'transfer',"
    " 'interrogation', 'assessment', 'raised_flow', 'review', 'recall',"
    " 'alarm', 'minor_alarm', 'system'"
)
ADDED = "'day_report', 'week_report'"
NEW_KINDS = OLD_KINDS.replace("'system'", f"{ADDED}, 'system'")
ROLES = "'nurse', 'coordinator', 'clinician', 'administrator', 'viewer'"
UNDATED = "closed_at IS NULL AND danger_at IS NULL AND kind NOT IN ('refill', 'battery'"
# Columns of the clinic, with what holds in one that is there already.
CLINIC = (
    ("report_at", sa.Time(), "07:30:00.000000", None),
    ("week_report_on", sa.Integer(), "0", "week_report_on BETWEEN 0 AND 6"),
    ("day_report_to", sa.String(40), "coordinator", f"day_report_to IN ({ROLES})"),
    ("week_report_to", sa.String(40), "administrator", f"week_report_to IN ({ROLES})"),
    ("day_reported_on", sa.Date(), None, None),
    ("week_reported_on", sa.Date(), None, None),
)
CHECKS = {
    "week_report_on": "ck_clinic_week_report_on_a_weekday",
    "day_report_to": "ck_clinic_day_report_to_is_known",
    "week_report_to": "ck_clinic_week_report_to_is_known",
}
MAY_BE_EMPTY = frozenset({"day_report_to", "week_report_to"})


def _set_kinds(kinds: str) -> None:
    for table in ("policy", "watch"):
        name = op.f(f"ck_{table}_watch_kind_is_known")
        with op.batch_alter_table(table) as batch:
            batch.drop_constraint(name, type_="check")
            batch.create_check_constraint(name, f"kind IN ({kinds})")


def _find_undated(leaving_out: str) -> None:
    op.drop_index("ix_watch_undated", table_name="watch")
    where = sa.text(f"{UNDATED}{leaving_out})")
    op.create_index(
        "ix_watch_undated",
        "watch",
        ["clinic_id", "id"],
        sqlite_where=where,
        postgresql_where=where,
    )


def upgrade() -> None:
    _set_kinds(NEW_KINDS)
    _find_undated(f", {ADDED}")
    with op.batch_alter_table("clinic") as batch:
        for name, kind, default, check in CLINIC:
            is_optional = default is None or name in MAY_BE_EMPTY
            batch.add_column(
                sa.Column(name, kind, nullable=is_optional, server_default=default)
            )
            if check:
                batch.create_check_constraint(op.f(CHECKS[name]), check)
    with op.batch_alter_table("clinic") as batch:
        for name, _, default, _ in CLINIC:
            if default is not None:
                batch.alter_column(name, server_default=None)
    with op.batch_alter_table("membership") as batch:
        batch.add_column(sa.Column("report", sa.String(40), nullable=True))
        batch.create_check_constraint(
            op.f("ck_membership_wish_is_known"), "report IN ('daily', 'weekly', 'off')"
        )
    op.create_index("ix_device_alarm_reported", "device_alarm", ["reported_at"])


def downgrade() -> None:
    op.drop_index("ix_device_alarm_reported", table_name="device_alarm")
    with op.batch_alter_table("membership") as batch:
        batch.drop_constraint(op.f("ck_membership_wish_is_known"), type_="check")
        batch.drop_column("report")
    with op.batch_alter_table("clinic") as batch:
        for name, _, _, check in reversed(CLINIC):
            if check:
                batch.drop_constraint(op.f(CHECKS[name]), type_="check")
            batch.drop_column(name)
    _forget_reports()
    _find_undated("")
    _set_kinds(OLD_KINDS)


def _forget_reports() -> None:
    """The old program knows no such watch: each goes, with what was sent for it."""
    reports = f"SELECT id FROM watch WHERE kind IN ({ADDED})"
    messages = f"SELECT id FROM message WHERE watch_id IN ({reports})"
    for table in ("attempt", "delivery_report"):
        op.execute(f"DELETE FROM {table} WHERE message_id IN ({messages})")
    op.execute(f"UPDATE message SET leader_id = NULL WHERE leader_id IN ({messages})")
    for table in ("message", "silence", "contact_attempt", "webhook_event", "assignment"):
        op.execute(f"DELETE FROM {table} WHERE watch_id IN ({reports})")
    op.execute(f"DELETE FROM watch WHERE kind IN ({ADDED})")
    op.execute(f"DELETE FROM policy WHERE kind IN ({ADDED})")
