"""Ask a second person whether a pump has ended.

The ends of before become rows as well, so that a mistyped day of one can be put right. Nobody
is asked about them anew.
"""

import re

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

KINDS = re.compile(r"'([a-z_]+)'")
ENDS = "'explanted', 'replaced', 'died', 'transferred'"


def _kinds_of(table: str) -> list[str]:
    """The kinds of watch that the check of a table allows, as it stands."""
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


def _refers(table: str, columns: dict[str, str]) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"))
        for column, to in columns.items()
    ]


def _check(table: str, name: str, rule: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}"))


def _make_endings() -> None:
    name = "pump_ending"
    op.create_table(
        name,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pump_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("second_id", sa.Integer(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_void", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=False),
        sa.Column("replaces_id", sa.Integer(), nullable=True),
        _check(name, "pump_end_is_known", f"kind IN ({ENDS})"),
        _check(name, "a_void_names_its_row", "NOT is_void OR replaces_id IS NOT NULL"),
        _check(name, "replaces_another", "replaces_id <> id"),
        _check(name, "has_evidence", "note <> ''"),
        _check(name, "the_second_is_another", "second_id <> recorded_by_id"),
        *_refers(
            name,
            {
                "pump_id": "pump",
                "second_id": "staff",
                "recorded_by_id": "staff",
                "replaces_id": name,
            },
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
        sa.UniqueConstraint("replaces_id", name=op.f(f"uq_{name}_replaces_id")),
    )
    for column in ("pump_id", "second_id"):
        op.create_index(op.f(f"ix_{name}_{column}"), name, [column])


def _make_signs() -> None:
    name = "end_sign"
    refers = {"pump_id": "pump", "ending_id": "pump_ending", "recorded_by_id": "staff"}
    op.create_table(
        name,
        *(sa.Column(one, sa.Integer(), nullable=False) for one in ("id", *refers)),
        sa.Column("is_agreed", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        _check(name, "says_why_not", "is_agreed OR reason <> ''"),
        *_refers(name, refers),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
    )
    for column in ("pump_id", "ending_id"):
        op.create_index(op.f(f"ix_{name}_{column}"), name, [column])


def upgrade() -> None:
    for table in ("policy", "watch"):
        _set_kinds(table, [*_kinds_of(table), "ending"])
    _make_endings()
    _make_signs()
    op.execute(
        "INSERT INTO pump_ending (pump_id, kind, ended_on, note, recorded_at, is_void, reason,"
        " recorded_by_id) SELECT id, end_kind, ended_on, end_note, ended_at, false, '',"
        " ended_by_id FROM pump WHERE ended_at IS NOT NULL AND ended_by_id IS NOT NULL"
    )


def downgrade() -> None:
    """What second people said of ends is let go of, with the watches that asked for it."""
    op.drop_table("end_sign")
    op.drop_table("pump_ending")
    new = "SELECT id FROM watch WHERE kind = 'ending'"
    told = f"SELECT id FROM message WHERE watch_id IN ({new})"
    op.execute(f"DELETE FROM attempt WHERE message_id IN ({told})")
    op.execute(f"DELETE FROM delivery_report WHERE message_id IN ({told})")
    op.execute(f"UPDATE message SET leader_id = NULL WHERE leader_id IN ({told})")
    for table in ("message", "silence", "contact_attempt", "webhook_event", "assignment"):
        op.execute(f"DELETE FROM {table} WHERE watch_id IN ({new})")
    op.execute("DELETE FROM watch WHERE kind = 'ending'")
    op.execute("DELETE FROM policy WHERE kind = 'ending'")
    for table in ("policy", "watch"):
        _set_kinds(table, [one for one in _kinds_of(table) if one != "ending"])
