"""Watch calls that were promised for a day, and know who leaves before refill-by.

The kinds of watch are read off the database, and the new one is added to them: it is all one
which others came before. Promises that stand are watched from the next `flask upgrade` on.
"""

import re

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
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


def upgrade() -> None:
    for table in ("policy", "watch"):
        _set_kinds(table, [*_kinds_of(table), "call"])
    for name in ("leaves_at", "leaving_known_at"):
        op.add_column("watch", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "appointment",
        sa.Column("home_reason", sa.String(300), nullable=False, server_default=""),
    )


def downgrade() -> None:
    """The calls and their days stay; only the watches on the days are let go of."""
    op.drop_column("appointment", "home_reason")
    for name in ("leaving_known_at", "leaves_at"):
        op.drop_column("watch", name)
    new = "SELECT id FROM watch WHERE kind = 'call'"
    told = f"SELECT id FROM message WHERE watch_id IN ({new})"
    op.execute(f"DELETE FROM attempt WHERE message_id IN ({told})")
    op.execute(f"DELETE FROM delivery_report WHERE message_id IN ({told})")
    op.execute(f"UPDATE message SET leader_id = NULL WHERE leader_id IN ({told})")
    for table in ("message", "silence", "contact_attempt", "webhook_event", "assignment"):
        op.execute(f"DELETE FROM {table} WHERE watch_id IN ({new})")
    op.execute("DELETE FROM watch WHERE kind = 'call'")
    op.execute("DELETE FROM policy WHERE kind = 'call'")
    for table in ("policy", "watch"):
        _set_kinds(table, [one for one in _kinds_of(table) if one != "call"])
