"""Seal how people are reached: room for what is sealed, and the mark by which it is found.

Nothing is sealed here, for a migration has no keys: `flask upgrade` seals what is there as soon as
the columns are. The previous version of the program can't read it, so it must not run beside.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

SEALED = (
    ("contact", "address", False),
    ("message", "address", True),
    ("reply", "from_address", False),
)
ALSO = ("delivery_report", "text")  # long enough as it is


def upgrade() -> None:
    for table, column, nullable in SEALED:
        _resize(table, column, sa.String(254), sa.Text(), nullable)
    op.add_column("contact", sa.Column("address_mark", sa.String(40), nullable=True))
    op.create_index(op.f("ix_contact_address_mark"), "contact", ["address_mark"])


def downgrade() -> None:
    for table, column in (*(one[:2] for one in SEALED), ALSO):
        if op.get_bind().scalar(
            sa.text(f"SELECT count(*) FROM {table} WHERE {column} LIKE 'sealed:%'")
        ):
            raise RuntimeError(f"{table}.{column} is sealed: open it first, with its keys")
    op.drop_index(op.f("ix_contact_address_mark"), table_name="contact")
    with op.batch_alter_table("contact") as batch:
        batch.drop_column("address_mark")
    for table, column, nullable in SEALED:
        _resize(table, column, sa.Text(), sa.String(254), nullable)


def _resize(table: str, column: str, old: sa.String, new: sa.String, nullable: bool) -> None:
    with op.batch_alter_table(table) as batch:
        batch.alter_column(column, existing_type=old, type_=new, existing_nullable=nullable)
