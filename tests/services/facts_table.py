"""What is answered to each fact of a record; `test_every_fact` makes the questions.

"refused": at its own field. "asks": a reason is asked for. "same", "sooner", "LATER": the dates
beside those of the record as it is usually made, once it is kept for the reason that was given.

Each LATER was looked at: the records then say less. A pump without boluses runs longer than one
with them, and longer with few than with many; one that was implanted later lasts longer. What
only "its table" refuses, or is kept though it is absurd, moves no date.
"""

TABLE: dict[str, str] = {
    "refill: filled_at": "stale sooner, future refused, absurd refused",
    "refill: instilled_volume_ml": "zero refused, negative refused, absurd refused",
    "refill: expected_residual_volume_ml": (
        "zero same, negative refused, absurd refused, none same"
    ),
    "refill: actual_residual_volume_ml": (
        "zero same, negative refused, absurd refused, none same"
    ),
    "refill: bridge_volume_ml": "zero same, negative same, absurd same, none same",
    "refill: bridge_minutes": "zero same, negative same, absurd same, none same",
    "refill: priming_volume_ml": "zero same, negative refused, absurd refused, none same",
    "refill: pharmacist_limit_days": (
        "zero refused, negative refused, absurd refused, none same"
    ),
    "refill: beyond_use_on": "stale sooner, future same, absurd sooner, none same",
    "refill: printed_alarm_on": "stale sooner, future same, absurd sooner, none same",
    "refill: lot_expires_on": "stale same, future same, absurd same, none same",
    "refill: septum_attempts": (
        "zero refused by its table, negative refused by its table, absurd same, none same"
    ),
    "drug: concentration_mcg_per_ml": (
        "zero refused at drugs-0-concentration, "
        "negative refused at drugs-0-concentration, absurd refused at dose_mcg_per_day"
    ),
    "programme: effective_at": "stale same, future refused, absurd refused",
    "programme: dose_mcg_per_day": (
        "zero refused, negative refused, absurd refused, none refused"
    ),
    "programme: flow_ml_per_day": "zero same, negative refused, absurd same, none same",
    "programme: clock_offset_minutes": "zero same, negative same, absurd same",
    "programme: periodic_bolus_mcg": (
        "zero same, negative refused by its table, absurd same, none same"
    ),
    "programme: periodic_interval_minutes": "zero same, negative same, absurd same, none same",
    "programme: periodic_duration_minutes": "zero same, negative same, absurd same, none same",
    "programme: patient_bolus_mcg": "zero same, negative refused, absurd same, none same",
    "programme: patient_bolus_max_per_day": (
        "zero same, negative refused by its table, absurd same, none same"
    ),
    "programme: patient_bolus_average_per_day": (
        "zero same, negative refused by its table, absurd same, none same"
    ),
    "programme: patient_bolus_lockout_minutes": (
        "zero same, negative same, absurd same, none same"
    ),
    "programme: printed_alarm_on": "stale sooner, future same, absurd sooner, none same",
    "with boluses: patient_bolus_mcg": (
        "zero LATER, negative refused, absurd sooner, none LATER"
    ),
    "with boluses: patient_bolus_max_per_day": (
        "zero refused at patient_bolus_average_per_day, "
        "negative refused at patient_bolus_average_per_day, absurd sooner, none LATER"
    ),
    "with boluses: patient_bolus_average_per_day": (
        "zero same, negative refused at average_per_day, absurd refused, none same"
    ),
    "with boluses: patient_bolus_lockout_minutes": (
        "zero same, negative same, absurd same, none same"
    ),
    "periodic: dose_mcg_per_day": "zero LATER, negative refused, absurd refused, none refused",
    "periodic: periodic_bolus_mcg": (
        "zero LATER, negative refused at dose_mcg, absurd refused at dose_mcg_per_day, "
        "none refused at periodic"
    ),
    "periodic: periodic_interval_minutes": (
        "zero refused at periodic_duration_minutes, "
        "negative refused at periodic_duration_minutes, absurd LATER, "
        "none refused at periodic"
    ),
    "periodic: periodic_duration_minutes": (
        "zero refused, negative refused, absurd refused, none refused"
    ),
    "reading: read_at": "stale same, future refused, absurd same",
    "reading: reservoir_volume_ml": "zero sooner, negative refused, absurd refused, none same",
    "reading: printed_alarm_on": "stale sooner, future same, absurd sooner, none same",
    "reading: battery_months": "zero sooner, negative refused, absurd refused, none same",
    "reading: eri_on": "stale sooner, future refused, absurd sooner, none same",
    "reading: clock_difference_minutes": "zero same, negative same, absurd same, none same",
    "alarm: alarmed_at": "stale same, future refused, absurd refused",
    "alarm: reported_at": "stale refused, future refused, absurd refused",
    "event: started_at": "stale same, future refused, absurd refused",
    "event: ended_at": "stale refused, future refused, absurd refused, none same",
    "end of an event: ended_at": "stale refused, future refused, absurd refused",
    "review: reviewed_at": "stale same, future refused, absurd refused",
    "medicine: dose_mcg": (
        "zero refused at dose, negative refused at dose, absurd same, none same"
    ),
    "medicine: times_a_day": "zero refused, negative refused, absurd same, none same",
    "medicine: since_on": "stale same, future refused, absurd refused",
    "medicine: until_on": "stale refused, future refused, absurd refused, none same",
    "order: volume_ml": "zero refused, negative refused, absurd refused",
    "order: ordered_on": "stale same, future refused, absurd same",
    "order: expected_on": "stale refused, future refused, absurd refused, none same",
    "arrival: arrived_on": "stale refused, future refused, absurd refused",
    "arrival: volume_ml": "zero refused, negative refused, absurd refused",
    "arrival: expires_on": "stale same, future same, absurd same, none refused",
    "arrival: beyond_use_on": "stale same, future same, absurd same, none same",
    "payer: happened_on": "stale same, future refused, absurd same",
    "payer: valid_from_on": (
        "stale same, future refused at valid_until_on, absurd same, none same"
    ),
    "payer: valid_until_on": "stale same, future refused, absurd same, none refused",
    "payer: refills": "zero refused, negative refused, absurd same, none same",
    "pump: implanted_on": "stale LATER, future refused, absurd refused",
    "pump: reservoir_capacity_ml": "zero refused, negative refused, absurd refused",
    "pump: low_reservoir_alarm_ml": "zero same, negative refused, absurd refused",
    "pump: dead_volume_ml": "zero same, negative refused, absurd refused, none same",
    "pump: fixed_flow_ml_per_day": "zero refused, negative refused, absurd refused, none same",
    "notice: issued_on": "stale same, future same, absurd same, none same",
}
