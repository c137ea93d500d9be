"""Keep what two people decide: proposals of settings, and how each ended.

A new table only: the previous version of the program goes on working.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0005"
branch_labels = None
depends_on = None

OUTCOMES = "'at_once', 'agreed', 'refused', 'withdrawn', 'outdated', 'lapsed'"
CHECKS = {
    "has_a_reason": "reason <> ''",
    "ends_after_it_was_made": "ends_at > proposed_at",
    "an_outcome_has_its_time": "(outcome IS NULL) = (decided_at IS NULL)",
    "nobody_agrees_with_themselves": (
        "outcome IS NULL OR outcome <> 'agreed' OR decided_by_id IS NULL"
        " OR decided_by_id <> proposed_by_id"
    ),
    "an_agreement_has_a_person_or_a_reason": (
        "outcome IS NULL OR outcome <> 'agreed' OR decided_by_id IS NOT NULL"
        " OR decision_note <> ''"
    ),
    "outcome_is_known": f"outcome IN ({OUTCOMES})",
}
PEOPLE = {"clinic_id": "clinic", "proposed_by_id": "staff", "decided_by_id": "staff"}


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "proposal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("proposed_by_id", sa.Integer(), nullable=False),
        sa.Column("proposed_at", moment, nullable=False),
        sa.Column("ends_at", moment, nullable=False),
        sa.Column("outcome", sa.String(length=40), nullable=True),
        sa.Column("decided_at", moment, nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decision_note", sa.String(length=300), nullable=False),
        *(
            sa.CheckConstraint(rule, name=op.f(f"ck_proposal_{name}"))
            for name, rule in CHECKS.items()
        ),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{table}.id"], name=op.f(f"fk_proposal_{column}_{table}")
            )
            for column, table in PEOPLE.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposal")),
    )
    op.create_index(op.f("ix_proposal_clinic_id"), "proposal", ["clinic_id"])
    is_open = sa.text("outcome IS NULL")
    op.create_index(
        "uq_proposal_open",
        "proposal",
        ["clinic_id", "subject"],
        unique=True,
        sqlite_where=is_open,
        postgresql_where=is_open,
    )


def downgrade() -> None:
    op.drop_table("proposal")
