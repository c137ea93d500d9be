"""When a pump needs somebody: refill-by with its binding rule, and the dates around it."""

from enum import StrEnum


class WatchKind(StrEnum):
    """What can go wrong. A new danger is one pure function and one member here."""

    REFILL = "refill"
    BATTERY = "battery"
    NO_DATA = "no_data"
    MISMATCH = "mismatch"
    UNDELIVERABLE = "undeliverable"
    SYSTEM = "system"


class Rule(StrEnum):
    """The term of the minimum that sets a date; shown wherever the date is."""

    ALARM_LESS_BUFFER = "alarm_less_buffer"
    ALARM_AT_RAISED_FLOW = "alarm_at_raised_flow"
    PRINTED_ALARM_LESS_BUFFER = "printed_alarm_less_buffer"
    DRUG_LIMIT = "drug_limit"
    FIRST_FILL_LIMIT = "first_fill_limit"
    BEYOND_USE = "beyond_use"
    CLINIC_INTERVAL = "clinic_interval"
    END_OF_SERVICE = "end_of_service"
    EARLIEST_EMPTY = "earliest_empty"
    SERVICE_LIFE = "service_life"
    REPLACEMENT_INDICATOR = "replacement_indicator"
    PROGRAMMER_ESTIMATE = "programmer_estimate"
