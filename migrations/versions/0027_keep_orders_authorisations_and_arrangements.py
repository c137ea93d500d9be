"""Keep orders, authorisations and arrangements.

New tables, two kinds of watch that the previous version of the program never opens, and a
result of a call. No clinic has its orders watched until it says so: nothing is asked for anew.
"""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

OLD_KINDS = (
    "'refill', 'battery', 'no_data', 'stopped', 'mismatch', 'discrepancy',"
    " 'undeliverable', 'visit', 'reply', 'list', 'access', 'transfer', 'interrogation',"
    " 'assessment', 'raised_flow', 'review', 'recall', 'alarm', 'minor_alarm',"
    " 'day_report', 'week_report', 'dispute', 'system'"
)
ADDED = "'order', 'authorisation'"
NEW_KINDS = OLD_KINDS.replace("'system'", f"{ADDED}, 'system'")
OLD_RESULTS = (
    "'reached', 'no_answer', 'message_left', 'wrong_number', 'will_call_back', 'refused'"
)
NEW_RESULTS = f"{OLD_RESULTS}, 'will_come'"
STATES = "'ordered', 'arrived', 'used', 'discarded', 'cancelled'"
TABLES = (
    "visit_arrangement",
    "supply_reason",
    "authorisation",
    "drug_order_step",
    "drug_order_drug",
    "drug_order",
)


def _set_kinds(kinds: str) -> None:
    for table in ("policy", "watch"):
        name = op.f(f"ck_{table}_watch_kind_is_known")
        with op.batch_alter_table(table) as batch:
            batch.drop_constraint(name, type_="check")
            batch.create_check_constraint(name, f"kind IN ({kinds})")


def _set_results(results: str, reached: str) -> None:
    known, when_next = (
        op.f(f"ck_contact_attempt_{name}")
        for name in ("call_result_is_known", "not_reached_says_when_next")
    )
    with op.batch_alter_table("contact_attempt") as batch:
        for name in (known, when_next):
            batch.drop_constraint(name, type_="check")
        batch.create_check_constraint(known, f"result IN ({results})")
        batch.create_check_constraint(when_next, f"{reached} OR next_call_on IS NOT NULL")


def _whole(name: str, *, is_optional: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=is_optional)


def _words(name: str, length: int = 40) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), nullable=False)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False)


def _moment(name: str) -> sa.Column[datetime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def _day(name: str, *, is_optional: bool = True) -> sa.Column[date]:
    return sa.Column(name, sa.Date(), nullable=is_optional)


def _scaled(name: str, *, is_optional: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=is_optional)


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
    _set_results(NEW_RESULTS, "result IN ('reached', 'will_come')")
    op.add_column("clinic", sa.Column("order_rules", sa.JSON(), nullable=True))
    _orders()
    _steps()
    _payers()
    _visits()


def _orders() -> None:
    _table(
        "drug_order",
        _whole("clinic_id"),
        _whole("pump_id", is_optional=True),
        _words("pharmacy", 120),
        _flag("is_compounded"),
        _scaled("volume_ml"),
        _day("ordered_on", is_optional=False),
        _day("expected_on"),
        _words("other_because", 300),
        _text("note"),
        _words("state"),
        _moment("recorded_at"),
        _whole("recorded_by_id"),
        refers={"clinic_id": "clinic", "pump_id": "pump", "recorded_by_id": "staff"},
        checks={
            "volume_is_positive": "volume_ml > 0",
            "names_a_pharmacy": "pharmacy <> ''",
            "order_state_is_known": f"state IN ({STATES})",
        },
        found_by=("pump_id",),
    )
    op.create_index("ix_drug_order_state", "drug_order", ["clinic_id", "state"])
    _table(
        "drug_order_drug",
        *map(_whole, ("order_id", "ordinal", "drug_id")),
        _scaled("concentration_mcg_per_ml"),
        refers={"order_id": "drug_order", "drug_id": "drug"},
        checks={"concentration_is_positive": "concentration_mcg_per_ml > 0"},
        found_by=("order_id",),
        once=("order_id", "ordinal"),
    )


def _steps() -> None:
    _table(
        "drug_order_step",
        _whole("order_id"),
        _words("state"),
        _day("happened_on", is_optional=False),
        _words("lot", 80),
        *map(_day, ("expires_on", "beyond_use_on")),
        _scaled("volume_ml", is_optional=True),
        sa.Column("label", sa.JSON(), nullable=False),
        _whole("checked_by_id", is_optional=True),
        _words("unchecked_because", 300),
        _whole("refill_id", is_optional=True),
        _words("reason", 300),
        _moment("recorded_at"),
        _whole("recorded_by_id"),
        refers={
            "order_id": "drug_order",
            "checked_by_id": "staff",
            "refill_id": "refill",
            "recorded_by_id": "staff",
        },
        checks={
            "order_state_is_known": f"state IN ({STATES})",
            "an_end_has_a_reason": "state NOT IN ('discarded', 'cancelled') OR reason <> ''",
            "used_by_a_refill": "(state = 'used') = (refill_id IS NOT NULL)",
            "is_checked_or_says_why_not": "checked_by_id IS NULL OR unchecked_because = ''",
            "volume_is_positive": "volume_ml > 0",
        },
        found_by=("order_id", "refill_id"),
    )


def _payers() -> None:
    _table(
        "authorisation",
        _whole("pump_id"),
        _words("step"),
        _day("happened_on", is_optional=False),
        _words("payer", 120),
        _words("number", 80),
        *map(_day, ("valid_from_on", "valid_until_on")),
        _whole("refills", is_optional=True),
        _text("note"),
        _whole("replaces_id", is_optional=True),
        _moment("recorded_at"),
        _whole("recorded_by_id"),
        refers={"pump_id": "pump", "replaces_id": "authorisation", "recorded_by_id": "staff"},
        checks={
            "payer_step_is_known": "step IN ('asked', 'granted', 'refused')",
            "names_a_payer": "payer <> ''",
            "refills_are_positive": "refills > 0",
            "ends_after_it_begins": "valid_until_on >= valid_from_on",
            "a_grant_says_until_when": "step <> 'granted' OR valid_until_on IS NOT NULL",
        },
        found_by=("pump_id",),
        once=("replaces_id",),
    )
    _table(
        "supply_reason",
        _whole("pump_id"),
        _words("task"),
        _words("reason", 300),
        _moment("recorded_at"),
        _whole("recorded_by_id"),
        refers={"pump_id": "pump", "recorded_by_id": "staff"},
        checks={
            "supply_task_is_known": f"task IN ({ADDED})",
            "has_a_reason": "reason <> ''",
        },
        found_by=("pump_id",),
    )


def _visits() -> None:
    _table(
        "visit_arrangement",
        _whole("appointment_id"),
        _words("transport"),
        _words("transport_by", 120),
        _words("interpreter", 60),
        _flag("is_interpreter_booked"),
        _words("note", 300),
        _moment("recorded_at"),
        _whole("recorded_by_id"),
        refers={"appointment_id": "appointment", "recorded_by_id": "staff"},
        checks={
            "transport_is_known": "transport IN ('not_asked', 'own', 'arranged', 'needed')",
            "arranged_by_somebody": "transport <> 'arranged' OR transport_by <> ''",
            "an_interpreter_has_a_language": "NOT is_interpreter_booked OR interpreter <> ''",
        },
        found_by=("appointment_id",),
    )


def downgrade() -> None:
    """What was recorded of orders, payers and arrangements is let go of with its tables."""
    for table in TABLES:
        op.drop_table(table)
    op.drop_column("clinic", "order_rules")
    op.execute("UPDATE contact_attempt SET result = 'reached' WHERE result = 'will_come'")
    _set_results(OLD_RESULTS, "result = 'reached'")
    new = f"SELECT id FROM watch WHERE kind IN ({ADDED})"
    told = f"SELECT id FROM message WHERE watch_id IN ({new})"
    op.execute(f"DELETE FROM attempt WHERE message_id IN ({told})")
    op.execute(f"DELETE FROM delivery_report WHERE message_id IN ({told})")
    for table in ("message", "silence", "contact_attempt", "webhook_event", "assignment"):
        op.execute(f"DELETE FROM {table} WHERE watch_id IN ({new})")
    op.execute(f"DELETE FROM watch WHERE kind IN ({ADDED})")
    op.execute(f"DELETE FROM policy WHERE kind IN ({ADDED})")
    _set_kinds(OLD_KINDS)
