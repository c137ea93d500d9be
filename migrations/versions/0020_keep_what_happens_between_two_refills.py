"""Keep what happens between two refills.

Events and how they ended, reviews, medicines taken by mouth; and four kinds of watch that the
previous version of the program never opens. The pumps that are there are first asked about a
review a year after they were recorded.
"""

from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

OLD_KINDS = (
    "'refill', 'battery', 'no_data', 'stopped', 'mismatch', 'discrepancy',"
    " 'undeliverable', 'visit', 'reply', 'list', 'access', 'transfer',"
    " 'alarm', 'minor_alarm', 'recall', 'system'"
)
ADDED = "'interrogation', 'assessment', 'raised_flow', 'review'"
NEW_KINDS = OLD_KINDS.replace("'system'", f"{ADDED}, 'system'")
EVENT_KINDS = (
    "'mri', 'admission', 'fever', 'flight', 'infection', 'malfunction', 'catheter', 'csf_leak',"
    " 'pocket_fill'"
)


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


def _words(name: str, length: int) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), nullable=False)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False)


def _scaled(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=True)


def _make(
    table: str, *columns: sa.Column, checks: dict[str, str], refers: dict[str, str]
) -> None:
    """A table of records: its own columns, and the bookkeeping that all of them share."""
    checks = checks | {
        "a_void_names_its_row": "NOT is_void OR replaces_id IS NOT NULL",
        "replaces_another": "replaces_id <> id",
    }
    refers = refers | {"recorded_by_id": "staff", "replaces_id": table}
    op.create_table(
        table,
        _whole("id"),
        *columns,
        _moment("recorded_at"),
        _flag("is_void"),
        _text("reason"),
        _whole("recorded_by_id"),
        _whole("replaces_id", is_optional=True),
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
        sa.UniqueConstraint("replaces_id", name=op.f(f"uq_{table}_replaces_id")),
    )


def _make_events() -> None:
    _make(
        "event",
        _whole("pump_id"),
        _words("kind", 40),
        _moment("started_at"),
        _words("place", 120),
        _words("phone", 40),
        _text("note"),
        checks={
            "event_kind_is_known": f"kind IN ({EVENT_KINDS})",
            "an_admission_says_where": "kind <> 'admission' OR place <> ''",
        },
        refers={"pump_id": "pump"},
    )
    op.create_index("ix_event_pump_started", "event", ["pump_id", "started_at"])
    _make(
        "event_end",
        _whole("pump_id"),
        _whole("event_id"),
        _moment("ended_at"),
        _words("decided_by", 120),
        _text("note"),
        checks={},
        refers={"pump_id": "pump", "event_id": "event"},
    )
    for column in ("pump_id", "event_id"):
        op.create_index(op.f(f"ix_event_end_{column}"), "event_end", [column])


def _make_reviews_and_medicines() -> None:
    _make(
        "review",
        _whole("pump_id"),
        _moment("reviewed_at"),
        _words("reviewed_by", 120),
        *map(_flag, ("has_dose", "has_side_effects", "has_kidney_function")),
        _text("note"),
        checks={
            "says_who_looked": "reviewed_by <> ''",
            "looked_at_something": "has_dose OR has_side_effects OR has_kidney_function",
        },
        refers={"pump_id": "pump"},
    )
    op.create_index("ix_review_pump_reviewed", "review", ["pump_id", "reviewed_at"])
    _make(
        "oral_medicine",
        _whole("patient_id"),
        _words("kind", 40),
        _words("name", 120),
        *map(_scaled, ("dose_mcg", "times_a_day")),
        sa.Column("since_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        _text("note"),
        checks={
            "medicine_kind_is_known": (
                "kind IN ('baclofen', 'spasticity', 'opioid', 'other', 'none')"
            ),
            "a_medicine_has_a_name": "(kind = 'none') = (name = '')",
            "ends_after_it_begins": "until_on >= since_on",
            "dose_mcg_not_negative": "dose_mcg >= 0",
            "times_a_day_not_negative": "times_a_day >= 0",
        },
        refers={"patient_id": "patient"},
    )
    op.create_index(op.f("ix_oral_medicine_patient_id"), "oral_medicine", ["patient_id"])


def upgrade() -> None:
    _set_kinds(NEW_KINDS)
    with op.batch_alter_table("patient") as batch:
        batch.add_column(_moment("admitted_at", is_optional=True))
    with op.batch_alter_table("clinic") as batch:
        batch.add_column(
            sa.Column(
                "review_interval_days", sa.Integer(), nullable=False, server_default="365"
            )
        )
        batch.create_check_constraint(
            op.f("ck_clinic_review_interval_is_positive"), "review_interval_days > 0"
        )
    with op.batch_alter_table("clinic") as batch:
        batch.alter_column("review_interval_days", server_default=None)
    with op.batch_alter_table("reading") as batch:
        batch.add_column(sa.Column("motor", sa.String(length=40), nullable=True))
        batch.create_check_constraint(
            op.f("ck_reading_motor_state_is_known"), "motor IN ('running', 'not_logged')"
        )
    op.add_column("pump", _moment("review_asks_at", is_optional=True))
    op.create_index(op.f("ix_pump_review_asks_at"), "pump", ["review_asks_at"])
    _ask_for_reviews()
    _make_events()
    _make_reviews_and_medicines()


def _ask_for_reviews() -> None:
    is_sqlite = op.get_context().dialect.name == "sqlite"
    year_later = (
        "strftime('%Y-%m-%d %H:%M:%f000', recorded_at, '+365 days')"
        if is_sqlite
        else "recorded_at + INTERVAL '365 days'"
    )
    op.execute(f"UPDATE pump SET review_asks_at = {year_later} WHERE ended_at IS NULL")


def downgrade() -> None:
    """What was recorded of events, reviews and medicines is let go of with their tables."""
    for table in ("oral_medicine", "review", "event_end", "event"):
        op.drop_table(table)
    op.drop_index(op.f("ix_pump_review_asks_at"), "pump")
    op.drop_column("pump", "review_asks_at")
    with op.batch_alter_table("reading") as batch:
        batch.drop_constraint(op.f("ck_reading_motor_state_is_known"), type_="check")
        batch.drop_column("motor")
    with op.batch_alter_table("clinic") as batch:
        batch.drop_constraint(op.f("ck_clinic_review_interval_is_positive"), type_="check")
        batch.drop_column("review_interval_days")
    with op.batch_alter_table("patient") as batch:
        batch.drop_column("admitted_at")
    new = f"SELECT id FROM watch WHERE kind IN ({ADDED})"
    told = f"SELECT id FROM message WHERE watch_id IN ({new})"
    op.execute(f"DELETE FROM attempt WHERE message_id IN ({told})")
    op.execute(f"DELETE FROM delivery_report WHERE message_id IN ({told})")
    for table in ("message", "silence", "contact_attempt"):
        op.execute(f"DELETE FROM {table} WHERE watch_id IN ({new})")
    op.execute(f"DELETE FROM watch WHERE kind IN ({ADDED})")
    op.execute(f"DELETE FROM policy WHERE kind IN ({ADDED})")
    _set_kinds(OLD_KINDS)
