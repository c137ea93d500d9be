"""Keep field-safety notices, the way to a new pump, and a clinic's own catalogue values.

New tables, and a kind of watch that the previous version of the program never opens.
"""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

OLD_KINDS = (
    "'refill', 'battery', 'no_data', 'stopped', 'mismatch', 'discrepancy', 'undeliverable',"
    " 'visit', 'reply', 'list', 'access', 'transfer', 'alarm', 'minor_alarm', 'system'"
)
NEW_KINDS = OLD_KINDS.replace("'system'", "'recall', 'system'")
IS_OPEN = sa.text("done_at IS NULL")


def _set_kinds(kinds: str) -> None:
    for table in ("policy", "watch"):
        name = op.f(f"ck_{table}_watch_kind_is_known")
        with op.batch_alter_table(table) as batch:
            batch.drop_constraint(name, type_="check")
            batch.create_check_constraint(name, f"kind IN ({kinds})")


def _whole(name: str, *, is_optional: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=is_optional)


def _words(name: str, length: int = 40) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), nullable=False)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _moment(name: str, *, is_optional: bool = False) -> sa.Column[datetime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=is_optional)


def _day(name: str) -> sa.Column[date]:
    return sa.Column(name, sa.Date(), nullable=True)


def _table(
    table: str,
    *columns: Any,
    refers: dict[str, str],
    checks: dict[str, str],
    found_by: tuple[str, ...] = (),
    once: tuple[str, ...] = (),
) -> None:
    op.create_table(
        table,
        _whole("id"),
        *columns,
        *(
            sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}"))
            for name, rule in checks.items()
        ),
        *(
            sa.ForeignKeyConstraint([name], [f"{to}.id"], name=op.f(f"fk_{table}_{name}_{to}"))
            for name, to in refers.items()
        ),
        *(
            [sa.UniqueConstraint(*once, name=op.f(f"uq_{table}_{'_'.join(once)}"))]
            if once
            else []
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )
    for name in found_by:
        op.create_index(op.f(f"ix_{table}_{name}"), table, [name])


def upgrade() -> None:
    _set_kinds(NEW_KINDS)
    _notices()
    _replacements()
    _table(
        "own_value",
        _whole("clinic_id"),
        _words("subject", 60),
        _words("name", 60),
        sa.Column("value", sa.String(length=40), nullable=True),
        _words("source", 200),
        _words("reason", 300),
        _moment("recorded_at"),
        _whole("recorded_by_id"),
        refers={"clinic_id": "clinic", "recorded_by_id": "staff"},
        checks={
            "has_a_reason": "reason <> ''",
            "a_value_has_a_source": "value IS NULL OR source <> ''",
        },
        found_by=("clinic_id",),
    )


def _notices() -> None:
    _table(
        "recall",
        _whole("clinic_id"),
        _words("authority", 120),
        _words("reference", 120),
        _words("title", 200),
        _day("issued_on"),
        _words("klass"),
        _words("first_serial", 60),
        _words("last_serial", 60),
        sa.Column("serials", sa.JSON(), nullable=False),
        *map(_day, ("made_from_on", "made_until_on")),
        *map(_day, ("implanted_from_on", "implanted_until_on")),
        _text("action"),
        _text("letter"),
        _words("source", 300),
        _moment("recorded_at"),
        _whole("recorded_by_id"),
        _moment("withdrawn_at", is_optional=True),
        _whole("withdrawn_by_id", is_optional=True),
        _words("withdrawn_because", 300),
        refers={"clinic_id": "clinic", "recorded_by_id": "staff", "withdrawn_by_id": "staff"},
        checks={
            "has_an_action": "action <> ''",
            "a_range_has_two_ends": "(first_serial = '') = (last_serial = '')",
            "a_withdrawal_has_a_reason": "(withdrawn_at IS NULL) = (withdrawn_because = '')",
            "recall_class_is_known": "klass IN ('one', 'two', 'three')",
        },
        found_by=("clinic_id",),
    )
    _table(
        "recall_model",
        *map(_whole, ("recall_id", "model_id")),
        refers={"recall_id": "recall", "model_id": "pump_model"},
        checks={},
        found_by=("model_id",),
        once=("recall_id", "model_id"),
    )
    _table(
        "recall_pump",
        *map(_whole, ("recall_id", "pump_id")),
        _words("touch"),
        _words("serial", 60),
        _moment("found_at"),
        _moment("letter_at", is_optional=True),
        _whole("letter_by_id", is_optional=True),
        _text("done_what"),
        _day("done_on"),
        _moment("done_at", is_optional=True),
        _whole("done_by_id", is_optional=True),
        refers={
            "recall_id": "recall",
            "pump_id": "pump",
            "letter_by_id": "staff",
            "done_by_id": "staff",
        },
        checks={
            "an_end_says_what": "(done_at IS NULL) = (done_what = '')",
            "a_letter_has_its_sender": "(letter_at IS NULL) = (letter_by_id IS NULL)",
            "touch_is_known": "touch IN ('affected', 'untold', 'unaffected')",
        },
        found_by=("recall_id", "pump_id"),
    )
    op.create_index(
        "uq_recall_pump_open",
        "recall_pump",
        ["recall_id", "pump_id"],
        unique=True,
        sqlite_where=IS_OPEN,
        postgresql_where=IS_OPEN,
    )


def _replacements() -> None:
    _table(
        "replacement_step",
        _whole("pump_id"),
        _words("kind"),
        sa.Column("happened_on", sa.Date(), nullable=False),
        _moment("theatre_at", is_optional=True),
        _whole("signed_by_id", is_optional=True),
        _words("signed_reason", 300),
        _whole("new_pump_id", is_optional=True),
        _text("note"),
        _whole("replaces_id", is_optional=True),
        _moment("recorded_at"),
        _whole("recorded_by_id"),
        sa.UniqueConstraint("new_pump_id", name=op.f("uq_replacement_step_new_pump_id")),
        sa.UniqueConstraint("replaces_id", name=op.f("uq_replacement_step_replaces_id")),
        refers={
            "pump_id": "pump",
            "signed_by_id": "staff",
            "new_pump_id": "pump",
            "replaces_id": "replacement_step",
            "recorded_by_id": "staff",
        },
        checks={
            "a_theatre_has_its_time": "(kind = 'theatre') = (theatre_at IS NOT NULL)",
            "a_replacement_names_the_new": "(kind = 'replaced') = (new_pump_id IS NOT NULL)",
            "a_signature_has_a_reason": "(signed_by_id IS NULL) = (signed_reason = '')",
            "the_new_pump_is_another": "new_pump_id <> pump_id",
            "step_kind_is_known": (
                "kind IN ('referred', 'authorised', 'theatre', 'called_off', 'replaced')"
            ),
        },
        found_by=("pump_id",),
    )


def downgrade() -> None:
    """What was told of notices is let go of with them."""
    for table in ("own_value", "replacement_step", "recall_pump", "recall_model", "recall"):
        op.drop_table(table)
    new = "SELECT id FROM watch WHERE kind = 'recall'"
    told = f"SELECT id FROM message WHERE watch_id IN ({new})"
    op.execute(f"DELETE FROM attempt WHERE message_id IN ({told})")
    op.execute(f"DELETE FROM delivery_report WHERE message_id IN ({told})")
    for table in ("message", "silence", "contact_attempt"):
        op.execute(f"DELETE FROM {table} WHERE watch_id IN ({new})")
    op.execute("DELETE FROM watch WHERE kind = 'recall'")
    op.execute("DELETE FROM policy WHERE kind = 'recall'")
    _set_kinds(OLD_KINDS)
