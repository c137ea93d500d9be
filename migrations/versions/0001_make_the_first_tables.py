"""Make the first tables: people, pumps, records, watches, messages, heartbeat."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

WATCH_KEYS = ("refill_watch_key", "battery_watch_key")
TABLES = (
    "drug",
    "heartbeat",
    "pump_model",
    "staff",
    "clinic",
    "closure",
    "membership",
    "patient",
    "policy",
    "contact",
    "pump",
    "consent",
    "reading",
    "refill",
    "watch",
    "bolus",
    "message",
    "programme",
    "refill_drug",
    "attempt",
)


def upgrade() -> None:
    op.create_table(
        "drug",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("risk_class", sa.String(length=40), nullable=True),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.CheckConstraint(
            "risk_class IN ('critical', 'high', 'low')",
            name=op.f("ck_drug_risk_class_is_known"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drug")),
        sa.UniqueConstraint("code", name=op.f("uq_drug_code")),
    )
    op.create_table(
        "heartbeat",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("host", sa.String(length=120), nullable=False),
        sa.Column("planned", sa.Integer(), nullable=False),
        sa.Column("skipped", sa.Integer(), nullable=False),
        sa.Column("oldest_due_seconds", sa.Integer(), nullable=False),
        sa.Column("breaches", sa.JSON(), nullable=False),
        sa.Column("faults", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_heartbeat")),
    )
    op.create_table(
        "pump_model",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pump_model")),
        sa.UniqueConstraint("code", name=op.f("uq_pump_model_code")),
    )
    op.create_table(
        "staff",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=True),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("session_token", sa.String(length=64), nullable=False),
        sa.Column("email_state", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "email_state IN ('unverified', 'ok', 'failing', 'stopped', 'invalid')",
            name=op.f("ck_staff_address_state_is_known"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("email", name=op.f("uq_staff_email")),
    )
    op.create_table(
        "clinic",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("open_weekdays", sa.String(length=7), nullable=False),
        sa.Column("buffer_days", sa.Integer(), nullable=False),
        sa.Column("flow_margin_percent", sa.BigInteger(), nullable=False),
        sa.Column("longest_interval_days", sa.Integer(), nullable=True),
        sa.Column("last_resort_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "buffer_days >= 3", name=op.f("ck_clinic_buffer_is_at_least_three_days")
        ),
        sa.CheckConstraint(
            "flow_margin_percent >= 0", name=op.f("ck_clinic_flow_margin_is_not_negative")
        ),
        sa.CheckConstraint(
            "open_weekdays <> ''", name=op.f("ck_clinic_is_open_on_some_weekday")
        ),
        sa.CheckConstraint(
            "longest_interval_days > 0", name=op.f("ck_clinic_longest_interval_is_positive")
        ),
        sa.ForeignKeyConstraint(
            ["last_resort_id"], ["staff.id"], name=op.f("fk_clinic_last_resort_id_staff")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clinic")),
        sa.UniqueConstraint("name", name=op.f("uq_clinic_name")),
    )
    op.create_table(
        "closure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_closure_clinic_id_clinic")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closure")),
        sa.UniqueConstraint(
            "clinic_id", "closed_on", name=op.f("uq_closure_clinic_id_closed_on")
        ),
    )
    op.create_table(
        "membership",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.CheckConstraint(
            "role IN ('nurse', 'coordinator', 'clinician', 'administrator', 'viewer')",
            name=op.f("ck_membership_role_is_known"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_membership_clinic_id_clinic")
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_membership_staff_id_staff")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership")),
        sa.UniqueConstraint(
            "staff_id", "clinic_id", name=op.f("uq_membership_staff_id_clinic_id")
        ),
    )
    op.create_index(op.f("ix_membership_clinic_id"), "membership", ["clinic_id"])

    op.create_table(
        "patient",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("mrn", sa.String(length=40), nullable=False),
        sa.Column("family_name", sa.String(length=120), nullable=False),
        sa.Column("given_name", sa.String(length=120), nullable=False),
        sa.Column("birth_on", sa.Date(), nullable=False),
        sa.Column("risk_raised_because", sa.String(length=200), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("registered_by_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_patient_clinic_id_clinic")
        ),
        sa.ForeignKeyConstraint(
            ["registered_by_id"], ["staff.id"], name=op.f("fk_patient_registered_by_id_staff")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patient")),
        sa.UniqueConstraint("clinic_id", "mrn", name=op.f("uq_patient_clinic_id_mrn")),
    )
    op.create_index(
        "ix_patient_clinic_name", "patient", ["clinic_id", "family_name", "given_name", "id"]
    )

    op.create_table(
        "policy",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("risk_class", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("steps", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "CAST(steps AS VARCHAR) NOT IN ('[]', 'null')", name=op.f("ck_policy_has_steps")
        ),
        sa.CheckConstraint(
            "risk_class IN ('critical', 'high', 'low')",
            name=op.f("ck_policy_risk_class_is_known"),
        ),
        sa.CheckConstraint("version > 0", name=op.f("ck_policy_version_is_positive")),
        sa.CheckConstraint(
            "kind IN ('refill', 'battery', 'no_data', 'stopped', 'mismatch', 'undeliverable', 'system')",
            name=op.f("ck_policy_watch_kind_is_known"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_policy_clinic_id_clinic")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy")),
        sa.UniqueConstraint(
            "clinic_id",
            "kind",
            "risk_class",
            "version",
            name=op.f("uq_policy_clinic_id_kind_risk_class_version"),
        ),
    )
    op.create_table(
        "contact",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("patient_id", sa.Integer(), nullable=False),
        sa.Column("relation", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('unverified', 'ok', 'failing', 'stopped', 'invalid')",
            name=op.f("ck_contact_address_state_is_known"),
        ),
        sa.CheckConstraint(
            "channel IN ('email', 'sms')", name=op.f("ck_contact_channel_is_known")
        ),
        sa.CheckConstraint(
            "relation IN ('patient', 'carer', 'facility', 'physician')",
            name=op.f("ck_contact_relation_is_known"),
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_contact_patient_id_patient")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["staff.id"], name=op.f("fk_contact_recorded_by_id_staff")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact")),
    )
    op.create_index(op.f("ix_contact_patient_id"), "contact", ["patient_id"])

    op.create_table(
        "pump",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("patient_id", sa.Integer(), nullable=False),
        sa.Column("model_id", sa.Integer(), nullable=False),
        sa.Column("serial", sa.String(length=60), nullable=False),
        sa.Column("implanted_on", sa.Date(), nullable=False),
        sa.Column("purpose", sa.String(length=40), nullable=False),
        sa.Column("reservoir_capacity_ml", sa.BigInteger(), nullable=False),
        sa.Column("low_reservoir_alarm_ml", sa.BigInteger(), nullable=False),
        sa.Column("dead_volume_ml", sa.BigInteger(), nullable=True),
        sa.Column("fixed_flow_ml_per_day", sa.BigInteger(), nullable=True),
        sa.Column("has_battery", sa.Boolean(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_kind", sa.String(length=40), nullable=True),
        sa.Column("end_note", sa.Text(), nullable=True),
        sa.Column("ended_by_id", sa.Integer(), nullable=True),
        sa.Column(
            "refill_watch_key",
            sa.String(length=60),
            sa.Computed(
                "CASE WHEN ended_at IS NULL THEN CAST(id AS VARCHAR) || '\\:refill' END",
                persisted=True,
            ),
            nullable=True,
        ),
        sa.Column(
            "battery_watch_key",
            sa.String(length=60),
            sa.Computed(
                "CASE WHEN ended_at IS NULL AND has_battery THEN CAST(id AS VARCHAR) || '\\:battery' END",
                persisted=True,
            ),
            nullable=True,
        ),
        sa.CheckConstraint(
            "low_reservoir_alarm_ml < reservoir_capacity_ml",
            name=op.f("ck_pump_alarm_is_below_capacity"),
        ),
        sa.CheckConstraint(
            "low_reservoir_alarm_ml >= 0", name=op.f("ck_pump_alarm_volume_is_not_negative")
        ),
        sa.CheckConstraint(
            "(ended_at IS NULL AND end_kind IS NULL AND end_note IS NULL) OR (ended_at IS NOT NULL AND end_kind IS NOT NULL AND end_note <> '')",
            name=op.f("ck_pump_an_end_has_evidence"),
        ),
        sa.CheckConstraint(
            "reservoir_capacity_ml > 0", name=op.f("ck_pump_capacity_is_positive")
        ),
        sa.CheckConstraint(
            "dead_volume_ml >= 0", name=op.f("ck_pump_dead_volume_ml_not_negative")
        ),
        sa.CheckConstraint(
            "fixed_flow_ml_per_day > 0", name=op.f("ck_pump_fixed_flow_is_positive")
        ),
        sa.CheckConstraint(
            "end_kind IN ('explanted', 'replaced', 'died', 'transferred')",
            name=op.f("ck_pump_pump_end_is_known"),
        ),
        sa.ForeignKeyConstraint(
            ["battery_watch_key"],
            ["watch.open_key"],
            name=op.f("fk_pump_battery_watch_key_watch"),
            initially="DEFERRED",
            deferrable=True,
            use_alter=True,
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_pump_clinic_id_clinic")
        ),
        sa.ForeignKeyConstraint(
            ["ended_by_id"], ["staff.id"], name=op.f("fk_pump_ended_by_id_staff")
        ),
        sa.ForeignKeyConstraint(
            ["model_id"], ["pump_model.id"], name=op.f("fk_pump_model_id_pump_model")
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["staff.id"], name=op.f("fk_pump_owner_id_staff")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_pump_patient_id_patient")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["staff.id"], name=op.f("fk_pump_recorded_by_id_staff")
        ),
        sa.ForeignKeyConstraint(
            ["refill_watch_key"],
            ["watch.open_key"],
            name=op.f("fk_pump_refill_watch_key_watch"),
            initially="DEFERRED",
            deferrable=True,
            use_alter=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pump")),
        sa.UniqueConstraint(
            "clinic_id", "model_id", "serial", name=op.f("uq_pump_clinic_id_model_id_serial")
        ),
    )
    op.create_index(op.f("ix_pump_battery_watch_key"), "pump", ["battery_watch_key"])
    op.create_index(op.f("ix_pump_clinic_id"), "pump", ["clinic_id"])
    op.create_index(op.f("ix_pump_patient_id"), "pump", ["patient_id"])
    op.create_index(op.f("ix_pump_refill_watch_key"), "pump", ["refill_watch_key"])

    op.create_table(
        "consent",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("is_given", sa.Boolean(), nullable=False),
        sa.Column("how", sa.String(length=200), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_consent_contact_id_contact")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["staff.id"], name=op.f("fk_consent_recorded_by_id_staff")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
    )
    op.create_index(op.f("ix_consent_contact_id"), "consent", ["contact_id"])

    op.create_table(
        "reading",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pump_id", sa.Integer(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reservoir_volume_ml", sa.BigInteger(), nullable=True),
        sa.Column("printed_alarm_on", sa.Date(), nullable=True),
        sa.Column("battery_months", sa.BigInteger(), nullable=True),
        sa.Column("eri_on", sa.Date(), nullable=True),
        sa.Column("clock_difference_minutes", sa.Integer(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_void", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=False),
        sa.Column("replaces_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "NOT is_void OR replaces_id IS NOT NULL",
            name=op.f("ck_reading_a_void_names_its_row"),
        ),
        sa.CheckConstraint(
            "battery_months >= 0", name=op.f("ck_reading_battery_months_not_negative")
        ),
        sa.CheckConstraint("replaces_id <> id", name=op.f("ck_reading_replaces_another")),
        sa.CheckConstraint(
            "reservoir_volume_ml >= 0", name=op.f("ck_reading_reservoir_volume_ml_not_negative")
        ),
        sa.ForeignKeyConstraint(["pump_id"], ["pump.id"], name=op.f("fk_reading_pump_id_pump")),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["staff.id"], name=op.f("fk_reading_recorded_by_id_staff")
        ),
        sa.ForeignKeyConstraint(
            ["replaces_id"], ["reading.id"], name=op.f("fk_reading_replaces_id_reading")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reading")),
        sa.UniqueConstraint("replaces_id", name=op.f("uq_reading_replaces_id")),
    )
    op.create_index("ix_reading_pump_read", "reading", ["pump_id", "read_at"])

    op.create_table(
        "refill",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pump_id", sa.Integer(), nullable=False),
        sa.Column("filled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expected_residual_volume_ml", sa.BigInteger(), nullable=True),
        sa.Column("actual_residual_volume_ml", sa.BigInteger(), nullable=True),
        sa.Column("instilled_volume_ml", sa.BigInteger(), nullable=False),
        sa.Column("is_first_fill", sa.Boolean(), nullable=False),
        sa.Column("drug_limit_days", sa.BigInteger(), nullable=True),
        sa.Column("is_first_fill_limit", sa.Boolean(), nullable=False),
        sa.Column("drug_limit_source", sa.String(length=200), nullable=False),
        sa.Column("pharmacist_limit_days", sa.BigInteger(), nullable=True),
        sa.Column("beyond_use_on", sa.Date(), nullable=True),
        sa.Column("lot", sa.String(length=80), nullable=False),
        sa.Column("printed_alarm_on", sa.Date(), nullable=True),
        sa.Column("checked_by", sa.String(length=120), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_void", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=False),
        sa.Column("replaces_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "NOT is_void OR replaces_id IS NOT NULL",
            name=op.f("ck_refill_a_void_names_its_row"),
        ),
        sa.CheckConstraint(
            "actual_residual_volume_ml >= 0",
            name=op.f("ck_refill_actual_residual_volume_ml_not_negative"),
        ),
        sa.CheckConstraint(
            "drug_limit_days > 0", name=op.f("ck_refill_drug_limit_is_positive")
        ),
        sa.CheckConstraint(
            "expected_residual_volume_ml >= 0",
            name=op.f("ck_refill_expected_residual_volume_ml_not_negative"),
        ),
        sa.CheckConstraint("replaces_id <> id", name=op.f("ck_refill_replaces_another")),
        sa.CheckConstraint(
            "instilled_volume_ml > 0", name=op.f("ck_refill_volume_is_positive")
        ),
        sa.ForeignKeyConstraint(["pump_id"], ["pump.id"], name=op.f("fk_refill_pump_id_pump")),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["staff.id"], name=op.f("fk_refill_recorded_by_id_staff")
        ),
        sa.ForeignKeyConstraint(
            ["replaces_id"], ["refill.id"], name=op.f("fk_refill_replaces_id_refill")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refill")),
        sa.UniqueConstraint("replaces_id", name=op.f("uq_refill_replaces_id")),
    )
    op.create_index("ix_refill_pump_filled", "refill", ["pump_id", "filled_at"])

    op.create_table(
        "watch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("pump_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("danger_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("earliest_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("likely_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("latest_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dry_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("counts_from_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("binding_rule", sa.String(length=40), nullable=True),
        sa.Column("explanation", sa.JSON(), nullable=False),
        sa.Column("drugs", sa.String(length=200), nullable=False),
        sa.Column("risk_class", sa.String(length=40), nullable=False),
        sa.Column("stopped_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("policy_id", sa.Integer(), nullable=False),
        sa.Column("level", sa.String(length=40), nullable=False),
        sa.Column("cursor", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("fired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_action_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_action", sa.String(length=120), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("evidence_kind", sa.String(length=40), nullable=True),
        sa.Column("evidence_id", sa.Integer(), nullable=True),
        sa.Column("open_key", sa.String(length=60), nullable=True),
        sa.CheckConstraint(
            "closed_at IS NOT NULL OR (next_action_at IS NOT NULL AND owner_id IS NOT NULL)",
            name=op.f("ck_watch_an_open_watch_is_covered"),
        ),
        sa.CheckConstraint("cursor >= 0", name=op.f("ck_watch_cursor_not_negative")),
        sa.CheckConstraint(
            "level IN ('info', 'warn', 'urgent')", name=op.f("ck_watch_level_is_known")
        ),
        sa.CheckConstraint(
            "closed_at IS NULL OR evidence_kind IS NOT NULL",
            name=op.f("ck_watch_only_evidence_closes"),
        ),
        sa.CheckConstraint(
            "(closed_at IS NULL) = (open_key IS NOT NULL)",
            name=op.f("ck_watch_open_key_while_open"),
        ),
        sa.CheckConstraint(
            "risk_class IN ('critical', 'high', 'low')",
            name=op.f("ck_watch_risk_class_is_known"),
        ),
        sa.CheckConstraint("round >= 0", name=op.f("ck_watch_round_not_negative")),
        sa.CheckConstraint(
            "binding_rule IN ('alarm_less_buffer', 'alarm_at_raised_flow', 'printed_alarm_less_buffer', 'drug_limit', 'first_fill_limit', 'beyond_use', 'clinic_interval', 'end_of_service', 'earliest_empty', 'service_life', 'replacement_indicator', 'programmer_estimate')",
            name=op.f("ck_watch_rule_is_known"),
        ),
        sa.CheckConstraint(
            "kind IN ('refill', 'battery', 'no_data', 'stopped', 'mismatch', 'undeliverable', 'system')",
            name=op.f("ck_watch_watch_kind_is_known"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_watch_clinic_id_clinic")
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["staff.id"], name=op.f("fk_watch_owner_id_staff")
        ),
        sa.ForeignKeyConstraint(
            ["policy_id"], ["policy.id"], name=op.f("fk_watch_policy_id_policy")
        ),
        sa.ForeignKeyConstraint(["pump_id"], ["pump.id"], name=op.f("fk_watch_pump_id_pump")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_watch")),
        sa.UniqueConstraint("open_key", name=op.f("uq_watch_open_key")),
    )
    op.create_index(
        "ix_watch_board",
        "watch",
        ["clinic_id", "danger_at", "id"],
        sqlite_where=sa.text("closed_at IS NULL AND danger_at IS NOT NULL"),
        postgresql_where=sa.text("closed_at IS NULL AND danger_at IS NOT NULL"),
    )
    op.create_index(
        "ix_watch_due",
        "watch",
        ["next_action_at", "id"],
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_index(op.f("ix_watch_pump_id"), "watch", ["pump_id"])
    op.create_index(
        "ix_watch_undated",
        "watch",
        ["clinic_id", "id"],
        sqlite_where=sa.text(
            "closed_at IS NULL AND danger_at IS NULL AND kind NOT IN ('refill', 'battery')"
        ),
        postgresql_where=sa.text(
            "closed_at IS NULL AND danger_at IS NULL AND kind NOT IN ('refill', 'battery')"
        ),
    )

    op.create_table(
        "bolus",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pump_id", sa.Integer(), nullable=False),
        sa.Column("refill_id", sa.Integer(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("volume_ml", sa.BigInteger(), nullable=True),
        sa.Column("dose_mcg", sa.BigInteger(), nullable=True),
        sa.Column("duration_minutes", sa.BigInteger(), nullable=False),
        sa.Column("suspends_basal", sa.Boolean(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_void", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=False),
        sa.Column("replaces_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "NOT is_void OR replaces_id IS NOT NULL", name=op.f("ck_bolus_a_void_names_its_row")
        ),
        sa.CheckConstraint("dose_mcg >= 0", name=op.f("ck_bolus_dose_mcg_not_negative")),
        sa.CheckConstraint(
            "duration_minutes >= 0", name=op.f("ck_bolus_duration_minutes_not_negative")
        ),
        sa.CheckConstraint("replaces_id <> id", name=op.f("ck_bolus_replaces_another")),
        sa.CheckConstraint("volume_ml >= 0", name=op.f("ck_bolus_volume_ml_not_negative")),
        sa.CheckConstraint(
            "(volume_ml IS NULL) <> (dose_mcg IS NULL)", name=op.f("ck_bolus_volume_or_dose")
        ),
        sa.ForeignKeyConstraint(["pump_id"], ["pump.id"], name=op.f("fk_bolus_pump_id_pump")),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["staff.id"], name=op.f("fk_bolus_recorded_by_id_staff")
        ),
        sa.ForeignKeyConstraint(
            ["refill_id"], ["refill.id"], name=op.f("fk_bolus_refill_id_refill")
        ),
        sa.ForeignKeyConstraint(
            ["replaces_id"], ["bolus.id"], name=op.f("fk_bolus_replaces_id_bolus")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bolus")),
        sa.UniqueConstraint("replaces_id", name=op.f("uq_bolus_replaces_id")),
    )
    op.create_index("ix_bolus_pump_started", "bolus", ["pump_id", "started_at"])
    op.create_index(op.f("ix_bolus_refill_id"), "bolus", ["refill_id"])

    op.create_table(
        "message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("watch_id", sa.Integer(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("level", sa.String(length=40), nullable=False),
        sa.Column("template", sa.String(length=60), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("state_reason", sa.String(length=300), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_by", sa.String(length=120), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(length=254), nullable=True),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("provider_id", sa.String(length=200), nullable=True),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state <> 'claimed' OR lease_until IS NOT NULL",
            name=op.f("ck_message_a_claim_has_a_lease"),
        ),
        sa.CheckConstraint("attempts >= 0", name=op.f("ck_message_attempts_not_negative")),
        sa.CheckConstraint(
            "channel IN ('email', 'sms')", name=op.f("ck_message_channel_is_known")
        ),
        sa.CheckConstraint(
            "level IN ('info', 'warn', 'urgent')", name=op.f("ck_message_level_is_known")
        ),
        sa.CheckConstraint(
            "state IN ('planned', 'held', 'claimed', 'sent', 'delivered', 'failed', 'unknown', 'superseded', 'cancelled')",
            name=op.f("ck_message_message_state_is_known"),
        ),
        sa.CheckConstraint(
            "(staff_id IS NULL) <> (contact_id IS NULL)", name=op.f("ck_message_one_recipient")
        ),
        sa.CheckConstraint("round >= 0", name=op.f("ck_message_round_not_negative")),
        sa.CheckConstraint("step >= 0", name=op.f("ck_message_step_not_negative")),
        sa.CheckConstraint(
            "state NOT IN ('sent', 'delivered') OR sent_at IS NOT NULL",
            name=op.f("ck_message_what_is_sent_says_when"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_message_clinic_id_clinic")
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_message_contact_id_contact")
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_message_staff_id_staff")
        ),
        sa.ForeignKeyConstraint(
            ["watch_id"], ["watch.id"], name=op.f("fk_message_watch_id_watch")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint("key", name=op.f("uq_message_key")),
    )
    op.create_index(
        "ix_message_due",
        "message",
        ["due_at", "id"],
        sqlite_where=sa.text("state IN ('planned', 'held')"),
        postgresql_where=sa.text("state IN ('planned', 'held')"),
    )
    op.create_index(
        "ix_message_lease",
        "message",
        ["lease_until"],
        sqlite_where=sa.text("state = 'claimed'"),
        postgresql_where=sa.text("state = 'claimed'"),
    )
    op.create_index("ix_message_outbox", "message", ["clinic_id", "id"])
    op.create_index("ix_message_watch", "message", ["watch_id", "id"])

    op.create_table(
        "programme",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pump_id", sa.Integer(), nullable=False),
        sa.Column("refill_id", sa.Integer(), nullable=True),
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("mode", sa.String(length=40), nullable=False),
        sa.Column("dose_mcg_per_day", sa.BigInteger(), nullable=True),
        sa.Column("flow_ml_per_day", sa.BigInteger(), nullable=True),
        sa.Column("steps", sa.JSON(), nullable=False),
        sa.Column("clock_offset_minutes", sa.Integer(), nullable=False),
        sa.Column("periodic_bolus_mcg", sa.BigInteger(), nullable=True),
        sa.Column("periodic_interval_minutes", sa.Integer(), nullable=True),
        sa.Column("periodic_duration_minutes", sa.Integer(), nullable=True),
        sa.Column("patient_bolus_mcg", sa.BigInteger(), nullable=True),
        sa.Column("patient_bolus_max_per_day", sa.Integer(), nullable=True),
        sa.Column("patient_bolus_average_per_day", sa.BigInteger(), nullable=True),
        sa.Column("patient_bolus_lockout_minutes", sa.Integer(), nullable=True),
        sa.Column("printed_alarm_on", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_void", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=False),
        sa.Column("replaces_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "NOT is_void OR replaces_id IS NOT NULL",
            name=op.f("ck_programme_a_void_names_its_row"),
        ),
        sa.CheckConstraint(
            "dose_mcg_per_day >= 0", name=op.f("ck_programme_dose_mcg_per_day_not_negative")
        ),
        sa.CheckConstraint(
            "flow_ml_per_day >= 0", name=op.f("ck_programme_flow_ml_per_day_not_negative")
        ),
        sa.CheckConstraint(
            "mode IN ('simple', 'flex', 'periodic_bolus', 'minimum', 'stopped', 'fixed_flow')",
            name=op.f("ck_programme_mode_is_known"),
        ),
        sa.CheckConstraint(
            "patient_bolus_average_per_day >= 0",
            name=op.f("ck_programme_patient_bolus_average_per_day_not_negative"),
        ),
        sa.CheckConstraint(
            "patient_bolus_max_per_day >= 0",
            name=op.f("ck_programme_patient_bolus_max_per_day_not_negative"),
        ),
        sa.CheckConstraint(
            "patient_bolus_mcg >= 0", name=op.f("ck_programme_patient_bolus_mcg_not_negative")
        ),
        sa.CheckConstraint(
            "periodic_bolus_mcg >= 0", name=op.f("ck_programme_periodic_bolus_mcg_not_negative")
        ),
        sa.CheckConstraint("replaces_id <> id", name=op.f("ck_programme_replaces_another")),
        sa.ForeignKeyConstraint(
            ["pump_id"], ["pump.id"], name=op.f("fk_programme_pump_id_pump")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["staff.id"], name=op.f("fk_programme_recorded_by_id_staff")
        ),
        sa.ForeignKeyConstraint(
            ["refill_id"], ["refill.id"], name=op.f("fk_programme_refill_id_refill")
        ),
        sa.ForeignKeyConstraint(
            ["replaces_id"], ["programme.id"], name=op.f("fk_programme_replaces_id_programme")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programme")),
        sa.UniqueConstraint("replaces_id", name=op.f("uq_programme_replaces_id")),
    )
    op.create_index("ix_programme_pump_effective", "programme", ["pump_id", "effective_at"])
    op.create_index(op.f("ix_programme_refill_id"), "programme", ["refill_id"])

    op.create_table(
        "refill_drug",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("refill_id", sa.Integer(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("drug_id", sa.Integer(), nullable=False),
        sa.Column("concentration_mcg_per_ml", sa.BigInteger(), nullable=False),
        sa.Column("is_diluted", sa.Boolean(), nullable=True),
        sa.CheckConstraint(
            "concentration_mcg_per_ml > 0",
            name=op.f("ck_refill_drug_concentration_is_positive"),
        ),
        sa.ForeignKeyConstraint(
            ["drug_id"], ["drug.id"], name=op.f("fk_refill_drug_drug_id_drug")
        ),
        sa.ForeignKeyConstraint(
            ["refill_id"], ["refill.id"], name=op.f("fk_refill_drug_refill_id_refill")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refill_drug")),
        sa.UniqueConstraint(
            "refill_id", "ordinal", name=op.f("uq_refill_drug_refill_id_ordinal")
        ),
    )
    op.create_table(
        "attempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("provider_code", sa.String(length=40), nullable=False),
        sa.Column("provider_text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_attempt_message_id_message")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempt")),
    )
    op.create_index(op.f("ix_attempt_message_id"), "attempt", ["message_id"])

    # pump and watch point at each other: SQLite takes the key before the table is there
    if op.get_context().dialect.name == "postgresql":
        for column in WATCH_KEYS:
            op.create_foreign_key(
                op.f(f"fk_pump_{column}_watch"),
                "pump",
                "watch",
                [column],
                ["open_key"],
                deferrable=True,
                initially="DEFERRED",
            )


def downgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        for column in WATCH_KEYS:
            op.drop_constraint(op.f(f"fk_pump_{column}_watch"), "pump", type_="foreignkey")
    for table in reversed(TABLES):
        op.drop_table(table)
