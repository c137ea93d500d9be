"""Keep what the programmer stated of a bridge, when a pump ended, and who agreed to a refill.

The kinds of watch are read off the database, and the new one is added to them: it is all one
which others came before.
"""

import re

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


KINDS = re.compile(r"'([a-z_]+)'")


def _kinds_of(table: str) -> list[str]:
    """The kinds that the check of a table allows, as it stands."""
    name = f"ck_{table}_watch_kind_is_known"
    checks = sa.inspect(op.get_bind()).get_check_constraints(table)
    (found,) = (one["sqltext"] for one in checks if one["name"] == name)
    return list(dict.fromkeys(KINDS.findall(found)))


def _set_kinds(table: str, kinds: list[str]) -> None:
    name = op.f(f"ck_{table}_watch_kind_is_known")
    listed = ", ".join(f"'{one}'" for one in kinds)
    with op.batch_alter_table(table) as batch:
        batch.drop_constraint(name, type_="check")
        batch.create_check_constraint(name, f"kind IN ({listed})")


def _make_countersigns() -> None:
    refers = {"pump_id": "pump", "refill_id": "refill", "recorded_by_id": "staff"}
    op.create_table(
        "countersign",
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("id", *refers)),
        sa.Column("is_agreed", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "is_agreed OR reason <> ''", name=op.f("ck_countersign_says_why_not")
        ),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{table}.id"], name=op.f(f"fk_countersign_{column}_{table}")
            )
            for column, table in refers.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_countersign")),
    )
    for column in ("pump_id", "refill_id"):
        op.create_index(op.f(f"ix_countersign_{column}"), "countersign", [column])


def upgrade() -> None:
    for table in ("policy", "watch"):
        _set_kinds(table, [*_kinds_of(table), "dispute"])
    _make_countersigns()
    op.create_index("ix_refill_checked", "refill", ["checked_by_id", "recorded_at"])
    op.add_column(
        "bolus", sa.Column("is_stated", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.add_column("pump", sa.Column("ended_on", sa.Date(), nullable=True))
    # Where both are the same to a millionth of a minute, ours was most likely taken for it.
    op.execute(
        "UPDATE bolus SET is_stated = true WHERE kind = 'bridge' AND NOT"
        " (COALESCE(reckoned_volume_ml, -1) = volume_ml"
        " AND COALESCE(reckoned_minutes, -1) = duration_minutes)"
    )


def downgrade() -> None:
    """What second people said is let go of, with the watches on what they disputed."""
    op.drop_index("ix_refill_checked", "refill")
    op.drop_table("countersign")
    new = "SELECT id FROM watch WHERE kind = 'dispute'"
    told = f"SELECT id FROM message WHERE watch_id IN ({new})"
    op.execute(f"DELETE FROM attempt WHERE message_id IN ({told})")
    op.execute(f"DELETE FROM delivery_report WHERE message_id IN ({told})")
    op.execute(f"UPDATE message SET leader_id = NULL WHERE leader_id IN ({told})")
    for table in ("message", "silence", "contact_attempt", "webhook_event", "assignment"):
        op.execute(f"DELETE FROM {table} WHERE watch_id IN ({new})")
    op.execute("DELETE FROM watch WHERE kind = 'dispute'")
    op.execute("DELETE FROM policy WHERE kind = 'dispute'")
    for table in ("policy", "watch"):
        _set_kinds(table, [one for one in _kinds_of(table) if one != "dispute"])
    op.drop_column("pump", "ended_on")
    op.drop_column("bolus", "is_stated")
