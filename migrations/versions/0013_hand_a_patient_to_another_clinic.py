"""Hand a patient to another clinic.

A new table, and a kind of watch that the previous version of the program never opens.
"""

from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

OLD_KINDS = (
    "'refill', 'battery', 'no_data', 'stopped', 'mismatch', 'undeliverable', 'visit', 'reply',"
    " 'list', 'access', 'system'"
)
NEW_KINDS = OLD_KINDS.replace("'system'", "'transfer', 'system'")
CHECKS = {
    "has_a_reason": "reason <> ''",
    "is_to_another_clinic": "to_clinic_id <> from_clinic_id",
    "an_outcome_has_its_time_and_person": (
        "(outcome IS NULL) = (decided_at IS NULL)"
        " AND (outcome IS NULL) = (decided_by_id IS NULL)"
    ),
    "another_accepts_with_an_owner": (
        "outcome IS NULL OR outcome <> 'accepted'"
        " OR (owner_id IS NOT NULL AND decided_by_id <> proposed_by_id)"
    ),
    "an_end_without_acceptance_says_why": (
        "outcome IS NULL OR outcome = 'accepted' OR note <> ''"
    ),
    "transfer_outcome_is_known": "outcome IN ('accepted', 'refused', 'withdrawn')",
}
REFERS = {
    "patient_id": "patient",
    "from_clinic_id": "clinic",
    "to_clinic_id": "clinic",
    "proposed_by_id": "staff",
    "decided_by_id": "staff",
    "owner_id": "staff",
}
FOUND_BY = ("patient_id", "from_clinic_id", "to_clinic_id")


def _set_kinds(kinds: str) -> None:
    for table in ("policy", "watch"):
        name = op.f(f"ck_{table}_watch_kind_is_known")
        with op.batch_alter_table(table) as batch:
            batch.drop_constraint(name, type_="check")
            batch.create_check_constraint(name, f"kind IN ({kinds})")


def _whole(name: str, *, is_optional: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=is_optional)


def _moment(name: str, *, is_optional: bool = False) -> sa.Column[datetime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=is_optional)


def upgrade() -> None:
    _set_kinds(NEW_KINDS)
    op.create_table(
        "transfer",
        *map(_whole, ("id", *FOUND_BY)),
        sa.Column("reason", sa.String(length=300), nullable=False),
        _whole("proposed_by_id"),
        _moment("proposed_at"),
        sa.Column("outcome", sa.String(length=40), nullable=True),
        _whole("decided_by_id", is_optional=True),
        _moment("decided_at", is_optional=True),
        sa.Column("note", sa.String(length=300), nullable=False),
        _whole("owner_id", is_optional=True),
        *(
            sa.CheckConstraint(rule, name=op.f(f"ck_transfer_{name}"))
            for name, rule in CHECKS.items()
        ),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{table}.id"], name=op.f(f"fk_transfer_{column}_{table}")
            )
            for column, table in REFERS.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfer")),
    )
    for column in FOUND_BY:
        op.create_index(op.f(f"ix_transfer_{column}"), "transfer", [column])
    is_open = sa.text("outcome IS NULL")
    op.create_index(
        "uq_transfer_open",
        "transfer",
        ["patient_id"],
        unique=True,
        sqlite_where=is_open,
        postgresql_where=is_open,
    )


def downgrade() -> None:
    """What was told of handovers is let go of with them; who was handed over stays so."""
    op.drop_table("transfer")
    new = "SELECT id FROM watch WHERE kind = 'transfer'"
    told = f"SELECT id FROM message WHERE watch_id IN ({new})"
    op.execute(f"DELETE FROM attempt WHERE message_id IN ({told})")
    op.execute(f"DELETE FROM delivery_report WHERE message_id IN ({told})")
    for table in ("message", "silence", "contact_attempt"):
        op.execute(f"DELETE FROM {table} WHERE watch_id IN ({new})")
    op.execute("DELETE FROM watch WHERE kind = 'transfer'")
    op.execute("DELETE FROM policy WHERE kind = 'transfer'")
    _set_kinds(OLD_KINDS)
