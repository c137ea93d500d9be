"""Keep proposals of settings, and records that were opened across clinics in an emergency.

New tables, and a kind of watch that the previous version of the program never opens.
"""

from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
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
OLD_KINDS = (
    "'refill', 'battery', 'no_data', 'stopped', 'mismatch', 'undeliverable', 'visit', 'reply',"
    " 'list', 'system'"
)
NEW_KINDS = OLD_KINDS.replace("'system'", "'access', 'system'")


def _set_kinds(kinds: str) -> None:
    for table in ("policy", "watch"):
        name = op.f(f"ck_{table}_watch_kind_is_known")
        with op.batch_alter_table(table) as batch:
            batch.drop_constraint(name, type_="check")
            batch.create_check_constraint(name, f"kind IN ({kinds})")


def _refer(table: str, **columns: str) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint([one], [f"{to}.id"], name=op.f(f"fk_{table}_{one}_{to}"))
        for one, to in columns.items()
    ]


def _check(table: str, **rules: str) -> list[sa.CheckConstraint]:
    return [
        sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}"))
        for name, rule in rules.items()
    ]


def _whole(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def _moment(name: str) -> sa.Column[datetime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def _keep_access() -> None:
    access, review = "emergency_access", "access_review"
    op.create_table(
        access,
        *map(_whole, ("id", "staff_id", "from_clinic_id", "clinic_id", "patient_id")),
        sa.Column("reason", sa.String(length=300), nullable=False),
        *map(_moment, ("opened_at", "ends_at")),
        *_check(
            access,
            has_a_reason="reason <> ''",
            ends_after_it_began="ends_at > opened_at",
            is_another_clinic_s="clinic_id <> from_clinic_id",
        ),
        *_refer(
            access,
            staff_id="staff",
            from_clinic_id="clinic",
            clinic_id="clinic",
            patient_id="patient",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{access}")),
    )
    for column in ("from_clinic_id", "clinic_id", "patient_id"):
        op.create_index(op.f(f"ix_{access}_{column}"), access, [column])
    op.create_table(
        review,
        *map(_whole, ("id", "access_id", "clinic_id", "by_id")),
        _moment("at"),
        sa.Column("note", sa.String(length=300), nullable=False),
        *_check(review, has_a_note="note <> ''"),
        *_refer(review, access_id=access, clinic_id="clinic", by_id="staff"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{review}")),
        sa.UniqueConstraint(
            "access_id", "clinic_id", name=op.f(f"uq_{review}_access_id_clinic_id")
        ),
    )


def upgrade() -> None:
    _set_kinds(NEW_KINDS)
    _keep_access()
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
    """What was reported of such openings is let go of with them."""
    for table in ("proposal", "access_review", "emergency_access"):
        op.drop_table(table)
    new = "SELECT id FROM watch WHERE kind = 'access'"
    told = f"SELECT id FROM message WHERE watch_id IN ({new})"
    op.execute(f"DELETE FROM attempt WHERE message_id IN ({told})")
    op.execute(f"DELETE FROM delivery_report WHERE message_id IN ({told})")
    for table in ("message", "silence", "contact_attempt"):
        op.execute(f"DELETE FROM {table} WHERE watch_id IN ({new})")
    op.execute("DELETE FROM watch WHERE kind = 'access'")
    op.execute("DELETE FROM policy WHERE kind = 'access'")
    _set_kinds(OLD_KINDS)
