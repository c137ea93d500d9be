"""Keep which backups were taken, and that a clinic's records were put back.

Two new tables that the previous version of the program doesn't read.
"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def _moment(name: str, *, is_optional: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=is_optional)


def _words(name: str, length: int) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), nullable=False)


def upgrade() -> None:
    op.create_table(
        "backup",
        sa.Column("id", sa.Integer(), nullable=False),
        _moment("taken_at"),
        _words("host", 120),
        _words("path", 400),
        _words("digest", 64),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        _words("trail", 60),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_backup")),
    )
    op.create_index(op.f("ix_backup_taken_at"), "backup", ["taken_at"])
    op.create_table(
        "restoration",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        _moment("taken_at"),
        _moment("restored_at"),
        _words("digest", 64),
        _moment("confirmed_at", is_optional=True),
        sa.Column("confirmed_by_id", sa.Integer(), nullable=True),
        _words("compared_with", 300),
        sa.CheckConstraint(
            "confirmed_at IS NULL OR (confirmed_by_id IS NOT NULL AND compared_with <> '')",
            name=op.f("ck_restoration_a_confirmation_says_who_and_with_what"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_restoration_clinic_id_clinic")
        ),
        sa.ForeignKeyConstraint(
            ["confirmed_by_id"], ["staff.id"], name=op.f("fk_restoration_confirmed_by_id_staff")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_restoration")),
    )
    op.create_index(
        "ix_restoration_unconfirmed",
        "restoration",
        ["clinic_id"],
        sqlite_where=sa.text("confirmed_at IS NULL"),
        postgresql_where=sa.text("confirmed_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("restoration")
    op.drop_table("backup")
