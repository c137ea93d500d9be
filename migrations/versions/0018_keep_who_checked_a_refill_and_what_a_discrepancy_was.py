"""Keep who checked a refill, how the needle was led, and what a discrepancy came from.

New columns have a default that the previous version of the program leaves alone, and the kind
of watch is one that it never opens.
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

OLD_KINDS = (
    "'refill', 'battery', 'no_data', 'stopped', 'mismatch', 'undeliverable', 'visit', 'reply',"
    " 'list', 'access', 'transfer', 'alarm', 'minor_alarm', 'system'"
)
NEW_KINDS = OLD_KINDS.replace("'undeliverable'", "'discrepancy', 'undeliverable'")
GUIDES = "'template', 'ultrasound', 'feel'"
FINDINGS = "'measuring', 'record', 'placement', 'pump', 'catheter', 'none_found'"
TEXTS = {"unchecked_because": 300, "needle_kit": 80, "test_aspiration": 200}
CHECKS = {
    "is_checked_or_says_why_not": "checked_by_id IS NULL OR unchecked_because = ''",
    "septum_attempts_are_positive": "septum_attempts > 0",
    "guide_is_known": f"guided_by IN ({GUIDES})",
}
REFERS = {"pump_id": "pump", "refill_id": "refill", "recorded_by_id": "staff"}


def _set_kinds(kinds: str) -> None:
    for table in ("policy", "watch"):
        name = op.f(f"ck_{table}_watch_kind_is_known")
        with op.batch_alter_table(table) as batch:
            batch.drop_constraint(name, type_="check")
            batch.create_check_constraint(name, f"kind IN ({kinds})")


def _text(name: str, length: int) -> sa.Column[str]:
    return sa.Column(name, sa.String(length), nullable=False, server_default="")


def upgrade() -> None:
    _set_kinds(NEW_KINDS)
    op.add_column("clinic", _text("night_phone", 40))
    with op.batch_alter_table("refill") as batch:
        for name, length in TEXTS.items():
            batch.add_column(_text(name, length))
        batch.add_column(sa.Column("checked_by_id", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("lot_expires_on", sa.Date(), nullable=True))
        batch.add_column(sa.Column("septum_attempts", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("guided_by", sa.String(40), nullable=True))
        batch.create_foreign_key(
            op.f("fk_refill_checked_by_id_staff"), "staff", ["checked_by_id"], ["id"]
        )
        for name, rule in CHECKS.items():
            batch.create_check_constraint(op.f(f"ck_refill_{name}"), rule)
    op.create_table(
        "assessment",
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("id", *REFERS)),
        sa.Column("finding", sa.String(40), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("note <> ''", name=op.f("ck_assessment_has_a_note")),
        sa.CheckConstraint(
            f"finding IN ({FINDINGS})", name=op.f("ck_assessment_finding_is_known")
        ),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{table}.id"], name=op.f(f"fk_assessment_{column}_{table}")
            )
            for column, table in REFERS.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessment")),
    )
    for column in ("pump_id", "refill_id"):
        op.create_index(op.f(f"ix_assessment_{column}"), "assessment", [column])


def downgrade() -> None:
    """What only the newer program can say is let go of: who checked, and what was found."""
    op.drop_table("assessment")
    with op.batch_alter_table("refill") as batch:
        for name in CHECKS:
            batch.drop_constraint(op.f(f"ck_refill_{name}"), type_="check")
        batch.drop_constraint(op.f("fk_refill_checked_by_id_staff"), type_="foreignkey")
        for name in (
            *TEXTS,
            "checked_by_id",
            "lot_expires_on",
            "septum_attempts",
            "guided_by",
        ):
            batch.drop_column(name)
    op.drop_column("clinic", "night_phone")
    new = "SELECT id FROM watch WHERE kind = 'discrepancy'"
    told = f"SELECT id FROM message WHERE watch_id IN ({new})"
    op.execute(f"DELETE FROM attempt WHERE message_id IN ({told})")
    op.execute(f"DELETE FROM delivery_report WHERE message_id IN ({told})")
    for table in ("message", "silence", "contact_attempt"):
        op.execute(f"DELETE FROM {table} WHERE watch_id IN ({new})")
    op.execute("DELETE FROM watch WHERE kind = 'discrepancy'")
    op.execute("DELETE FROM policy WHERE kind = 'discrepancy'")
    _set_kinds(OLD_KINDS)
