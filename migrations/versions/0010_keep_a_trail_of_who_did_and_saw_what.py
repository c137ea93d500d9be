"""Keep a trail of who did and saw what, to which can only be added.

New tables only: the previous version of the program goes on working, and leaves no trail.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

TABLES = ("trail_entry", "trail_patient")
ACTS = (
    *("viewed", "listed", "exported", "added", "changed", "removed"),
    *("signed_in", "signed_out", "refused"),
)


def upgrade() -> None:
    big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "trail_entry",
        sa.Column("id", big, autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=160), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.Column("clinic_id", sa.Integer(), nullable=True),
        sa.Column("patient_id", sa.Integer(), nullable=True),
        sa.Column("pump_id", sa.Integer(), nullable=True),
        sa.Column("act", sa.String(length=40), nullable=False),
        sa.Column("what", sa.String(length=80), nullable=False),
        sa.Column("row_id", sa.Integer(), nullable=True),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("after", sa.Text(), nullable=True),
        sa.Column("address", sa.String(length=120), nullable=False),
        sa.Column("correlation", sa.String(length=40), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.CheckConstraint(
            f"act IN ({', '.join(repr(one) for one in ACTS)})",
            name=op.f("ck_trail_entry_act_is_known"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trail_entry")),
    )
    for name, columns in (
        ("clinic", ["clinic_id", "at", "id"]),
        ("staff", ["clinic_id", "staff_id", "at", "id"]),
        ("act", ["clinic_id", "act", "at", "id"]),
        ("patient", ["patient_id", "id"]),
    ):
        op.create_index(f"ix_trail_entry_{name}", "trail_entry", columns)
    op.create_table(
        "trail_patient",
        sa.Column("id", big, nullable=False),
        sa.Column("patient_id", sa.Integer(), nullable=False),
        sa.Column("entry_id", big, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trail_patient")),
        sa.UniqueConstraint(
            "patient_id", "entry_id", name=op.f("uq_trail_patient_patient_id_entry_id")
        ),
    )
    op.create_index(op.f("ix_trail_patient_entry_id"), "trail_patient", ["entry_id"])
    if op.get_bind().dialect.name == "sqlite":
        _refuse_on_sqlite()
    else:
        _refuse_on_postgresql()


def _refuse_on_sqlite() -> None:
    for table in TABLES:
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, 'the trail can only be added to'); END"
            )
    # INSERT OR REPLACE removes a row without asking the trigger above
    for table, same in (
        ("trail_entry", "id = NEW.id"),
        (
            "trail_patient",
            "id = NEW.id OR (patient_id = NEW.patient_id AND entry_id = NEW.entry_id)",
        ),
    ):
        op.execute(
            f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "
            f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {same}) "
            f"BEGIN SELECT RAISE(ABORT, 'the trail can only be added to'); END"
        )


def _refuse_on_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION refuse_to_change_the_trail() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the trail can only be added to'; END $$"
    )
    for table in TABLES:
        op.execute(
            f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_to_change_the_trail()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_the_trail()"
        )


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_to_change_the_trail()")
