"""Let watches, messages and people know of cover, visits, digests and lists.

Columns are added with a default and two are allowed to be empty, so the previous version of the
program goes on working.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

OLD_KINDS = "'refill', 'battery', 'no_data', 'stopped', 'mismatch', 'undeliverable', 'system'"
NEW_KINDS = OLD_KINDS.replace("'system'", "'visit', 'reply', 'list', 'system'")
# what is to be sent now, the loudest first; and what else to the same person
WAITING = {
    "ix_message_order": ["level", "due_at", "id"],
    "ix_message_together": ["staff_id", "due_at"],
}
STATES = "'unverified', 'ok', 'failing', 'stopped', 'invalid'"


def _is_sqlite() -> bool:
    return op.get_context().dialect.name == "sqlite"


def _set_kinds(kinds: str) -> None:
    for table in ("policy", "watch"):
        name = op.f(f"ck_{table}_watch_kind_is_known")
        with op.batch_alter_table(table) as batch:
            batch.drop_constraint(name, type_="check")
            batch.create_check_constraint(name, f"kind IN ({kinds})")


def _add(table: str, name: str, kind: str, *rules: str) -> None:
    """Add a column by its SQL, which both databases read alike."""
    op.execute(f"ALTER TABLE {table} ADD COLUMN {name} {kind} {' '.join(rules)}".rstrip())


def _moment() -> str:
    return "DATETIME" if _is_sqlite() else "TIMESTAMP WITH TIME ZONE"


def upgrade() -> None:
    _add("clinic", "quiet_from", "TIME", "NOT NULL DEFAULT '21:00:00.000000'")
    _add("clinic", "quiet_until", "TIME", "NOT NULL DEFAULT '08:00:00.000000'")
    _add("clinic", "language", "VARCHAR(8)", "NOT NULL DEFAULT 'en'")
    _add("clinic", "sms_sender", "VARCHAR(40)")
    _add("clinic", "list_at", "TIME", "NOT NULL DEFAULT '06:00:00.000000'")
    _add("clinic", "emergency_plan", "TEXT", "NOT NULL DEFAULT ''")
    op.create_index("uq_clinic_sms_sender", "clinic", ["sms_sender"], unique=True)
    _add("patient", "language", "VARCHAR(8)")
    _add("patient", "timezone", "VARCHAR(64)")
    _add(
        "staff",
        "phone_state",
        "VARCHAR(40)",
        "NOT NULL DEFAULT 'unverified'",
        f"CONSTRAINT ck_staff_phone_state_is_known CHECK (phone_state IN ({STATES}))",
    )
    _refer_to("membership", "deputy_id", "staff")
    with op.batch_alter_table("membership") as batch:
        batch.create_check_constraint(
            op.f("ck_membership_deputy_is_somebody_else"), "deputy_id <> staff_id"
        )
    _add("heartbeat", "has_passed", "BOOLEAN", f"NOT NULL DEFAULT {_false()}")
    _add("heartbeat", "pinged_at", _moment())
    _set_kinds(NEW_KINDS)
    _add("policy", "note", "VARCHAR(200)", "NOT NULL DEFAULT ''")
    _refer_to("policy", "created_by_id", "staff")
    _add("watch", "visit_at", _moment())
    _add("watch", "reopens_at", _moment())
    with op.batch_alter_table("consent") as batch:
        batch.alter_column("recorded_by_id", existing_type=sa.Integer(), nullable=True)
    _index()
    _refer_to("message", "leader_id", "message")
    _add("message", "reference", "VARCHAR(120)")
    op.create_index(op.f("ix_message_leader_id"), "message", ["leader_id"])
    op.create_index(op.f("ix_message_reference"), "message", ["reference"])
    is_planned = sa.text("state = 'planned'")
    for name, columns in WAITING.items():
        op.create_index(
            name, "message", columns, sqlite_where=is_planned, postgresql_where=is_planned
        )
    is_told = sa.text("sent_at IS NOT NULL AND staff_id IS NOT NULL")
    op.create_index(
        "ix_message_staff_sent",
        "message",
        ["staff_id", "sent_at"],
        sqlite_where=is_told,
        postgresql_where=is_told,
    )


INDEXES = (
    ("ix_watch_owner", "watch", "owner_id", "closed_at IS NULL"),
    (
        "ix_watch_urgent",
        "watch",
        "id, next_action_at",
        "closed_at IS NULL AND level = 'urgent'",
    ),
    ("ix_message_unknown", "message", "watch_id", "state = 'unknown'"),
    ("ix_message_unreported", "message", "sent_at", "channel = 'sms' AND state = 'sent'"),
)


def _index() -> None:
    """What the audit looks at, by indexes that hold nothing else."""
    for name, table, columns, where in INDEXES:
        only = sa.text(where)
        op.create_index(
            name, table, columns.split(", "), sqlite_where=only, postgresql_where=only
        )
    op.create_index(op.f("ix_attempt_started_at"), "attempt", ["started_at"])


def _false() -> str:
    return "0" if _is_sqlite() else "false"


def _refer_to(table: str, name: str, to: str) -> None:
    """Add a column that names a row of `to`, or none."""
    with op.batch_alter_table(table) as batch:
        batch.add_column(sa.Column(name, sa.Integer(), nullable=True))
        batch.create_foreign_key(op.f(f"fk_{table}_{name}_{to}"), to, [name], ["id"])


def downgrade() -> None:
    """What only the newer program can say is let go of: visits, answers, lists."""
    op.drop_index(op.f("ix_attempt_started_at"), table_name="attempt")
    for name, table, _, _ in INDEXES:
        op.drop_index(name, table_name=table)
    for name in (*WAITING, "ix_message_staff_sent"):
        op.drop_index(name, table_name="message")
    op.drop_index(op.f("ix_message_reference"), table_name="message")
    op.drop_index(op.f("ix_message_leader_id"), table_name="message")
    with op.batch_alter_table("message") as batch:
        batch.drop_constraint(op.f("fk_message_leader_id_message"), type_="foreignkey")
        batch.drop_column("reference")
        batch.drop_column("leader_id")
    op.execute(
        "UPDATE consent SET recorded_by_id = (SELECT recorded_by_id FROM contact"
        " WHERE contact.id = consent.contact_id) WHERE recorded_by_id IS NULL"
    )
    with op.batch_alter_table("consent") as batch:
        batch.alter_column("recorded_by_id", existing_type=sa.Integer(), nullable=False)
    _forget_new_kinds()
    for table, name in (
        ("watch", "reopens_at"),
        ("watch", "visit_at"),
        ("heartbeat", "pinged_at"),
        ("heartbeat", "has_passed"),
        ("patient", "timezone"),
        ("patient", "language"),
    ):
        op.drop_column(table, name)
    with op.batch_alter_table("policy") as batch:
        batch.drop_constraint(op.f("fk_policy_created_by_id_staff"), type_="foreignkey")
        batch.drop_column("created_by_id")
        batch.drop_column("note")
    _forget_people()


def _forget_new_kinds() -> None:
    """Watches of the kinds that the older program doesn't know, with all that hangs on them."""
    new = "SELECT id FROM watch WHERE kind IN ('visit', 'reply', 'list')"
    told = f"SELECT id FROM message WHERE watch_id IN ({new})"
    op.execute(f"UPDATE reply SET watch_id = NULL WHERE watch_id IN ({new})")
    op.execute(f"DELETE FROM attempt WHERE message_id IN ({told})")
    op.execute(f"DELETE FROM delivery_report WHERE message_id IN ({told})")
    for table in ("message", "silence", "contact_attempt", "morning_list"):
        op.execute(f"DELETE FROM {table} WHERE watch_id IN ({new})")
    op.execute("DELETE FROM watch WHERE kind IN ('visit', 'reply', 'list')")
    op.execute("DELETE FROM policy WHERE kind IN ('visit', 'reply', 'list')")
    _set_kinds(OLD_KINDS)


def _forget_people() -> None:
    with op.batch_alter_table("membership") as batch:
        batch.drop_constraint(op.f("ck_membership_deputy_is_somebody_else"), type_="check")
        batch.drop_constraint(op.f("fk_membership_deputy_id_staff"), type_="foreignkey")
        batch.drop_column("deputy_id")
    with op.batch_alter_table("staff") as batch:
        batch.drop_constraint(op.f("ck_staff_phone_state_is_known"), type_="check")
        batch.drop_column("phone_state")
    op.drop_index("uq_clinic_sms_sender", table_name="clinic")
    for name in (
        "emergency_plan",
        "list_at",
        "sms_sender",
        "language",
        "quiet_until",
        "quiet_from",
    ):
        op.drop_column("clinic", name)
