"""Record alarms of pumps, and plan for emergencies by risk class.

Two new tables, two kinds of watch that the previous version of the program never opens, and
columns that it doesn't read.
"""

from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

OLD_KINDS = (
    "'refill', 'battery', 'no_data', 'stopped', 'mismatch', 'undeliverable', 'visit', 'reply',"
    " 'list', 'access', 'transfer', 'system'"
)
NEW_KINDS = OLD_KINDS.replace("'system'", "'alarm', 'minor_alarm', 'system'")
ALARM_CHECKS = {
    "is_reported_after_it_sounded": "reported_at >= alarmed_at",
    "says_what_is_done": "doing <> ''",
    "repeats_or_follows": "repeats_id IS NULL OR follows_id IS NULL",
    "tone_is_known": "tone IN ('single', 'two_tone', 'not_sure')",
    "reporter_is_known": (
        "reporter IN ('patient', 'carer', 'facility', 'clinic', 'elsewhere')"
    ),
    "symptoms_is_known": "symptoms IN ('yes', 'no', 'not_asked')",
    "a_void_names_its_row": "NOT is_void OR replaces_id IS NOT NULL",
    "replaces_another": "replaces_id <> id",
}
CLOSING_CHECKS = {
    "only_evidence_closes": (
        "(reading_id IS NOT NULL AND clinician_id IS NULL AND clinical_reason = '')"
        " OR (reading_id IS NULL AND clinician_id IS NOT NULL AND clinical_reason <> '')"
    ),
    "an_undoing_says_why": "undone_at IS NULL OR undone_because <> ''",
}
PLANS = ("emergency_plan_critical", "emergency_plan_high", "emergency_plan_low")
TEXTS = (*PLANS, "emergency_numbers", "red_flags")


def _set_kinds(kinds: str) -> None:
    for table in ("policy", "watch"):
        name = op.f(f"ck_{table}_watch_kind_is_known")
        with op.batch_alter_table(table) as batch:
            batch.drop_constraint(name, type_="check")
            batch.create_check_constraint(name, f"kind IN ({kinds})")


def _whole(name: str, *, is_optional: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=is_optional)


def _moment(name: str, *, is_optional: bool = False) -> sa.Column[datetime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=is_optional)


def _words(name: str, longest: int, *, is_optional: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=longest), nullable=is_optional)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _rules(table: str, checks: dict[str, str], refers: dict[str, str]) -> list[sa.Constraint]:
    return [
        *(
            sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}"))
            for name, rule in checks.items()
        ),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}")
            )
            for column, other in refers.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    ]


def _make_alarms() -> None:
    op.create_table(
        "device_alarm",
        *map(_whole, ("id", "pump_id")),
        _words("code", 60),
        _words("tone", 40, is_optional=True),
        *map(_moment, ("alarmed_at", "reported_at")),
        _words("reporter", 40),
        _words("symptoms", 40),
        *map(_text, ("doing", "note")),
        _whole("repeats_id", is_optional=True),
        _whole("follows_id", is_optional=True),
        _moment("recorded_at"),
        sa.Column("is_void", sa.Boolean(), nullable=False),
        _text("reason"),
        _whole("recorded_by_id"),
        _whole("replaces_id", is_optional=True),
        *_rules(
            "device_alarm",
            ALARM_CHECKS,
            {
                "pump_id": "pump",
                "repeats_id": "device_alarm",
                "follows_id": "device_alarm",
                "recorded_by_id": "staff",
                "replaces_id": "device_alarm",
            },
        ),
        sa.UniqueConstraint("replaces_id", name=op.f("uq_device_alarm_replaces_id")),
    )
    op.create_index("ix_device_alarm_pump_code", "device_alarm", ["pump_id", "code"])
    op.create_index(op.f("ix_device_alarm_repeats_id"), "device_alarm", ["repeats_id"])


def _make_closings() -> None:
    op.create_table(
        "alarm_closing",
        *map(_whole, ("id", "alarm_id")),
        _whole("reading_id", is_optional=True),
        _text("clinical_reason"),
        _whole("clinician_id", is_optional=True),
        _words("found", 60),
        _moment("closed_at"),
        _whole("closed_by_id"),
        _moment("undone_at", is_optional=True),
        _words("undone_because", 300),
        *_rules(
            "alarm_closing",
            CLOSING_CHECKS,
            {
                "alarm_id": "device_alarm",
                "reading_id": "reading",
                "clinician_id": "staff",
                "closed_by_id": "staff",
            },
        ),
    )
    op.create_index(op.f("ix_alarm_closing_reading_id"), "alarm_closing", ["reading_id"])
    stands = sa.text("undone_at IS NULL")
    op.create_index(
        "uq_alarm_closing_stands",
        "alarm_closing",
        ["alarm_id"],
        unique=True,
        sqlite_where=stands,
        postgresql_where=stands,
    )


def upgrade() -> None:
    _set_kinds(NEW_KINDS)
    _make_alarms()
    _make_closings()
    with op.batch_alter_table("watch") as batch:
        batch.add_column(_whole("alarm_id", is_optional=True))
        batch.add_column(_words("inhibited_by", 60, is_optional=True))
        batch.create_foreign_key(
            op.f("fk_watch_alarm_id_device_alarm"), "device_alarm", ["alarm_id"], ["id"]
        )
    op.create_index(op.f("ix_watch_alarm_id"), "watch", ["alarm_id"])
    are_open = sa.text("closed_at IS NULL AND alarm_id IS NOT NULL")
    op.create_index(
        "ix_watch_alarms",
        "watch",
        ["clinic_id"],
        sqlite_where=are_open,
        postgresql_where=are_open,
    )
    for name in TEXTS:
        op.execute(f"ALTER TABLE clinic ADD COLUMN {name} TEXT NOT NULL DEFAULT ''")
    op.execute("ALTER TABLE patient ADD COLUMN has_rescue_script BOOLEAN")
    op.execute(
        "ALTER TABLE patient ADD COLUMN programmer_hospital VARCHAR(200) NOT NULL DEFAULT ''"
    )


def downgrade() -> None:
    """What was recorded and said of alarms is let go of with them."""
    new = "SELECT id FROM watch WHERE kind IN ('alarm', 'minor_alarm')"
    told = f"SELECT id FROM message WHERE watch_id IN ({new})"
    op.execute(f"DELETE FROM attempt WHERE message_id IN ({told})")
    op.execute(f"DELETE FROM delivery_report WHERE message_id IN ({told})")
    for table in ("message", "silence", "contact_attempt"):
        op.execute(f"DELETE FROM {table} WHERE watch_id IN ({new})")
    op.execute("DELETE FROM watch WHERE kind IN ('alarm', 'minor_alarm')")
    op.execute("DELETE FROM policy WHERE kind IN ('alarm', 'minor_alarm')")
    op.drop_index("ix_watch_alarms", table_name="watch")
    op.drop_index(op.f("ix_watch_alarm_id"), table_name="watch")
    with op.batch_alter_table("watch") as batch:
        batch.drop_constraint(op.f("fk_watch_alarm_id_device_alarm"), type_="foreignkey")
        batch.drop_column("inhibited_by")
        batch.drop_column("alarm_id")
    op.drop_table("alarm_closing")
    op.drop_table("device_alarm")
    for name in ("programmer_hospital", "has_rescue_script"):
        op.drop_column("patient", name)
    for name in reversed(TEXTS):
        op.drop_column("clinic", name)
    _set_kinds(OLD_KINDS)
