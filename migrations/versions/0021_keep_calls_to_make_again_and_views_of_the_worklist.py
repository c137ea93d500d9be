"""Keep calls to make again and views of the worklist.

Two new tables, two columns that may be empty, results of calls and a scope that the previous
version of the program never writes. What is to be called again is taken from the newest call.
"""

from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

OLD_SCOPES = "'read_board', 'read_calendar', 'read_own_calendar'"
NEW_SCOPES = f"{OLD_SCOPES}, 'read_wall'"
OLD_RESULTS = "'reached', 'no_answer', 'message_left', 'wrong_number'"
NEW_RESULTS = f"{OLD_RESULTS}, 'will_call_back', 'refused'"
CALLS = sa.text("closed_at IS NULL AND next_call_on IS NOT NULL")
NAMES = {
    "assignment": {
        "watch_id": "watch", "from_id": "staff", "to_id": "staff", "by_id": "staff",
    },
    "saved_view": {"clinic_id": "clinic", "staff_id": "staff"},
}  # fmt: skip


def _set_known(table: str, name: str, column: str, values: str) -> None:
    name = op.f(f"ck_{table}_{name}_is_known")
    with op.batch_alter_table(table) as batch:
        batch.drop_constraint(name, type_="check")
        batch.create_check_constraint(name, f"{column} IN ({values})")


def _whole(name: str, *, is_optional: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=is_optional)


def _text(name: str, length: int) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), nullable=False)


def _moment(name: str) -> sa.Column[datetime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def _rules(table: str, name: str, check: str) -> list[sa.Constraint]:
    return [
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.CheckConstraint(check, name=op.f(f"ck_{table}_{name}")),
        *(
            sa.ForeignKeyConstraint([one], [f"{to}.id"], name=op.f(f"fk_{table}_{one}_{to}"))
            for one, to in NAMES[table].items()
        ),
    ]


def upgrade() -> None:
    _set_known("api_token", "scope", "scope", NEW_SCOPES)
    with op.batch_alter_table("contact_attempt") as batch:
        batch.add_column(_whole("contact_id", is_optional=True))
        batch.create_foreign_key(
            op.f("fk_contact_attempt_contact_id_contact"), "contact", ["contact_id"], ["id"]
        )
    _set_known("contact_attempt", "call_result", "result", NEW_RESULTS)
    op.execute("ALTER TABLE watch ADD COLUMN next_call_on DATE")
    op.execute(
        "UPDATE watch SET next_call_on = (SELECT next_call_on FROM contact_attempt"
        " WHERE contact_attempt.watch_id = watch.id"
        " ORDER BY contact_attempt.called_at DESC, contact_attempt.id DESC LIMIT 1)"
        " WHERE closed_at IS NULL"
    )
    op.create_index(
        "ix_watch_calls",
        "watch",
        ["clinic_id", "next_call_on"],
        sqlite_where=CALLS,
        postgresql_where=CALLS,
    )
    op.create_table(
        "assignment",
        *map(_whole, ("id", "watch_id")),
        _whole("from_id", is_optional=True),
        _whole("to_id"),
        _text("reason", 300),
        _moment("given_at"),
        _whole("by_id"),
        *_rules("assignment", "has_a_reason", "reason <> ''"),
    )
    op.create_index(op.f("ix_assignment_watch_id"), "assignment", ["watch_id"])
    op.create_table(
        "saved_view",
        *map(_whole, ("id", "clinic_id", "staff_id")),
        _text("name", 60),
        _text("query", 200),
        sa.Column("is_shared", sa.Boolean(), nullable=False),
        _moment("made_at"),
        sa.UniqueConstraint(
            "clinic_id", "staff_id", "name", name=op.f("uq_saved_view_clinic_id_staff_id_name")
        ),
        *_rules("saved_view", "has_a_name", "name <> ''"),
    )


def downgrade() -> None:
    """Screens on walls open nothing any more; who spoke to somebody reached them."""
    op.drop_table("saved_view")
    op.drop_table("assignment")
    op.drop_index("ix_watch_calls", "watch")
    op.drop_column("watch", "next_call_on")
    other = f"result NOT IN ({OLD_RESULTS})"
    op.execute(f"UPDATE contact_attempt SET result = 'reached' WHERE {other}")
    _set_known("contact_attempt", "call_result", "result", OLD_RESULTS)
    with op.batch_alter_table("contact_attempt") as batch:
        batch.drop_constraint(op.f("fk_contact_attempt_contact_id_contact"), type_="foreignkey")
        batch.drop_column("contact_id")
    op.execute(f"DELETE FROM api_token WHERE scope NOT IN ({OLD_SCOPES})")
    _set_known("api_token", "scope", "scope", OLD_SCOPES)
